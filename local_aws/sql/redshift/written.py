"""The tables that a request writes: what its locks are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session


def written(trees: list[exp.Expr | errors.SqlError], session: Session) -> set[str]:
    """The tables that the statements write. A session's open transaction takes no locks: it may fail with 1023."""
    if session.in_transaction:
        return set()
    found: set[str] = set()
    for tree in trees:
        if isinstance(tree, exp.TruncateTable | exp.Drop):
            targets = tree.expressions or tree.args.get("tables") or []
        elif isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Alter | exp.Create):
            target = tree.this if isinstance(tree.this, exp.Expr) else tree
            targets = [target.find(exp.Table)]
        elif isinstance(tree, exp.Command):
            found.add(f"{tree.this} {tree.expression}".lower())
            targets = [_load_target(tree)]
        else:
            continue
        for table in targets:
            if isinstance(table, exp.Table):
                found.add(f"{table.db or session.search_path[0]}.{table.name}".lower())
    return found


def _load_target(command: exp.Command) -> exp.Table | None:
    """The table of a COPY."""
    if str(command.this).upper() != "COPY":
        return None
    try:
        reader = Reader.of(command)
        reader.need("COPY")
        parts = reader.dotted()
    except errors.SqlError:
        return None  # the statement fails by itself
    return exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None)
