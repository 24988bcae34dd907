"""The views that are bound to a relation: they keep it, go with it, and follow it when it is renamed.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_TABLE.html (CASCADE, RESTRICT),
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html (views and RENAME)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, syntax
from local_aws.sql.redshift.catalog import Relation
from local_aws.sql.redshift.names import fold
from local_aws.sql.redshift.resolve import ctes

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session

HINT = "Use DROP ... CASCADE to drop the dependent objects too."


class Dependents:
    """The bound views of a session's catalog. A view names its tables with their schemas (`bound`)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, found: Relation) -> Iterator[tuple[Relation, exp.Expr]]:
        """(view, its query) of each view that reads a relation."""
        for view in self._session.catalog.relations():
            if view.sql is None or view.options.get("late"):
                continue
            query = fold(syntax.parse(view.sql)[0])
            if any(_is(each, found) for each in query.find_all(exp.Table)):
                yield view, query

    def check(self, found: Relation, cascade: bool, column: str | None = None) -> None:
        """Drop the views that read a relation, or one of its columns. :raises SqlError: unless CASCADE is given."""
        for view, query in list(self.of(found)):
            stars = any(each.is_star for select in query.find_all(exp.Select) for each in select.expressions)
            if column is not None and not stars and column not in {each.name for each in query.find_all(exp.Column)}:
                continue
            if not cascade:
                what = f"column {column} of {found.name}" if column else f"{found.kind.lower()} {found.name}"
                raise errors.error(f"cannot drop {what} because other objects depend on it\n  Hint: {HINT}")
            self.drop(view)

    def drop(self, view: Relation) -> None:
        """A view with the views that read it."""
        from local_aws.sql.redshift.tables import drop_storage

        self.check(view, True)
        self._session.catalog.drop(view.schema, view.name)
        self._session.catalog.forget_grants(view.schema, view.name)
        if view.kind != "VIEW":
            drop_storage(self._session, view)

    def renamed(self, old: Relation, new: Relation) -> None:
        """Let the views read a relation by its new name."""
        for view, query in list(self.of(old)):
            for each in query.find_all(exp.Table):
                if _is(each, old):
                    if not each.alias:
                        each.set("alias", exp.TableAlias(this=exp.to_identifier(old.name, quoted=True)))
                    each.set("this", exp.to_identifier(new.name, quoted=True))
                    each.set("db", exp.to_identifier(new.schema, quoted=True))
            self._session.catalog.put(replace(view, sql=query.sql("redshift")))


def _is(table: exp.Table, found: Relation) -> bool:
    return (table.db or "public") == found.schema and table.name == found.name


def bound(session: Session, query: exp.Expr) -> exp.Expr:
    """A view's query with the schema of each table that it reads: it stays so under another search path.

    :raises SqlError: for temporary tables, which end with their session.
    """
    query = query.copy()
    for table in query.find_all(exp.Table):
        if table.db or isinstance(table.this, exp.Func):
            continue
        if table.name in session.temporary:
            raise errors.error(f'cannot create a view on the temporary table "{table.name}"')
        schema = next((s for s in session.search_path if session.catalog.relation(s, table.name) is not None), None)
        if schema is not None and table.name not in ctes(table):
            table.set("db", exp.to_identifier(schema, quoted=True))
    return query
