"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE.

An UPDATE's expressions are typed and rewritten as those of a SELECT over the same tables, and then put into DuckDB's
statement. https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from local_aws.sql.redshift import errors, external_writes
from local_aws.sql.redshift.assignment import assigned, stored
from local_aws.sql.redshift.catalog import ExternalSchema, Relation
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.merge import merge
from local_aws.sql.redshift.syntax import Warehouse
from local_aws.sql.redshift.typed import Typed, changed, join_list, quoted, target_table, typed
from local_aws.sql.redshift.types import ColumnType

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


_NO_CLAUSES = {
    "returning": "returning",
    "limit": "limit",
    "order": "order",
    "identity": "restart",
    "option": "cascade",
    "partition": "partition",
}
"""What the grammar reads of other dialects' UPDATE, DELETE and TRUNCATE, and Redshift's has not."""


def execute(session: Session, tree: exp.Expr) -> Outcome:
    if isinstance(tree, exp.Update | exp.Delete | exp.TruncateTable):
        for name, word in _NO_CLAUSES.items():
            if tree.args.get(name):
                raise errors.syntax(word)
    if isinstance(tree, exp.Insert):
        return _insert(session, tree)
    if isinstance(tree, exp.Update):
        return _update(session, tree)
    if isinstance(tree, exp.Delete):
        return _delete(session, tree)
    if isinstance(tree, exp.Merge):
        return merge(session, tree)
    return _truncate(session, tree)


def _insert(session: Session, tree: exp.Insert) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_INSERT_30.html: missing columns get their defaults."""
    if tree.args.get("returning") or tree.args.get("conflict") or tree.args.get("overwrite"):
        raise errors.syntax("RETURNING" if tree.args.get("returning") else "ON")
    if tree.args.get("with_"):
        raise errors.syntax("insert")  # WITH stands after the table's name
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    place = session.scope.find(table)
    if isinstance(place, ExternalSchema):
        if isinstance(tree.this, exp.Schema):
            raise errors.syntax("(")  # a column list is not in the grammar of INSERT into an external table
        return _moved(external_writes.insert(session, place, table.name, tree.expression))
    relation = session.find_table(table, "INSERT")
    given = [each.name for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else None
    names = _insertable(relation, given)
    if tree.args.get("default"):
        return changed(session, f"INSERT INTO {relation.storage} DEFAULT VALUES")
    source = tree.expression
    if isinstance(source, exp.Values):
        return _insert_values(session, relation, names, source, given is not None)
    if isinstance(source, exp.Subquery) and not source.alias:
        source = source.unnest()
    prepared = session.prepare(source)
    names = _matched(names, len(prepared.tree.selects), given is not None)
    _check_identity(relation, names)
    session.register(prepared)
    kinds = [prepared.columns[n].type if n < len(prepared.columns) else None for n in range(len(names))]
    rows = stored(relation, names, prepared.sql, kinds)
    return changed(session, f"INSERT INTO {relation.storage} ({quoted(names)}) {rows}")


def _moved(rows: int) -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    return Outcome(changed=rows)


def _insertable(relation: Relation, given: list[str] | None) -> list[str]:
    known = [each.name for each in relation.columns]
    for name in given or ():
        if name not in known:
            raise errors.error(f'column "{name}" of relation "{relation.name}" does not exist')
    return given or known


def _matched(names: list[str], count: int, listed: bool) -> list[str]:
    if count > len(names):
        raise errors.error("INSERT has more expressions than target columns")
    if listed and count < len(names):
        raise errors.error("INSERT has more target columns than expressions")
    return names[:count]


def _check_identity(relation: Relation, names: Iterable[str]) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html (IDENTITY)"""
    fixed = {each.name for each in relation.columns if each.identity and not each.identity[2]}
    if fixed & set(names):
        raise errors.error("cannot set an identity column to a value")


def _insert_values(session: Session, relation: Relation, names: list[str], source: exp.Values, listed: bool) -> Outcome:
    rows = [each.expressions if isinstance(each, exp.Tuple) else [each.unnest()] for each in source.expressions]
    if len({len(row) for row in rows}) != 1:
        raise errors.error("VALUES lists must all be the same length")
    names = _matched(names, len(rows[0]), listed)
    columns = {each.name: each for each in relation.columns}
    kept = [n for n, name in enumerate(names) if not (columns[name].identity and all(_is_default(r[n]) for r in rows))]
    _check_identity(relation, (names[n] for n in kept))
    cells = []
    for row in rows:
        for n in kept:
            cells.append(_default(columns[names[n]].default) if _is_default(row[n]) else row[n])
    rewritten = typed(session, cells).expressions if any(not _is_plain(each) for each in cells) else cells
    width, into = len(kept), [names[n] for n in kept]
    targets = [columns[name].type for name in into]
    ready = [assigned(each, _kind(each), targets[n % width]) for n, each in enumerate(rewritten)]
    tuples = [exp.Tuple(expressions=ready[n : n + width]) for n in range(0, len(ready), width)]
    values = ", ".join(each.sql(dialect="duckdb") for each in tuples)
    return changed(session, f"INSERT INTO {relation.storage} ({quoted(into)}) VALUES {values}")


def _kind(node: exp.Expr) -> ColumnType | None:
    """The type of a value; a text literal has one without being typed."""
    if isinstance(node, exp.Literal) and node.is_string:
        return ColumnType("varchar", length=max(1, len(node.name.encode())))
    return type_of(node)


def _is_default(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column | exp.Var) and node.name.lower() == "default"


def _default(sql: str | None) -> exp.Expr:
    return sqlglot.parse_one(sql, dialect=Warehouse) if sql else exp.null()


def _is_plain(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal | exp.Null | exp.Boolean) or (
        isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)
    )


def _update(session: Session, tree: exp.Update) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_UPDATE.html"""
    relation = session.find_table(tree.this, "UPDATE")
    names = [each.this.name for each in tree.expressions]
    _insertable(relation, names)
    _check_identity(relation, names)
    columns = {each.name: each for each in relation.columns}
    values = [
        _default(columns[each.this.name].default) if _is_default(each.expression) else each.expression
        for each in tree.expressions
    ]
    source = tree.args.get("from_")
    joins = join_list([source.this] if source else [])
    where = tree.args.get("where")
    found = typed(session, values, tree.this, joins, where.this if where else None, tree.args.get("with_"))
    ready = [assigned(v, _kind(v), columns[n].type) for n, v in zip(names, found.expressions, strict=True)]
    pairs = zip(names, ready, strict=True)
    assignments = ", ".join(f"{quoted([name])} = {value.sql(dialect='duckdb')}" for name, value in pairs)
    statement = f"UPDATE {target_table(relation, tree.this)} SET {assignments}{_rest(found, 'FROM')}"
    return changed(session, found.clause + statement)


def _delete(session: Session, tree: exp.Delete) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html: FROM may be left out, USING joins others."""
    target = tree.this if isinstance(tree.this, exp.Table) else tree.args["tables"][0]
    relation = session.find_table(target, "DELETE")
    using = tree.args.get("using") or []
    where = tree.args.get("where")
    found = typed(session, [], target, join_list(using), where.this if where else None, tree.args.get("with_"))
    return changed(session, f"{found.clause}DELETE FROM {target_table(relation, target)}{_rest(found, 'USING')}")


def _rest(found: Typed, keyword: str) -> str:
    """FROM or USING, and WHERE."""
    tables = f" {keyword} {found.joined}" if found.joined else ""
    return tables + (f" WHERE {found.where}" if found.where else "")


def _truncate(session: Session, tree: exp.Expr) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html: commits the transaction that it runs in."""
    if not isinstance(tree, exp.TruncateTable):
        raise errors.unsupported(f"{tree.key.upper()}")
    for table in tree.expressions:
        relation = session.find_table(table, "TRUNCATE")
        session.connection.execute(f"DELETE FROM {relation.storage}")
    session.commit()
    session.begin()
    return changed(session, None)
