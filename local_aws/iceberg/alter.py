"""ALTER TABLE: columns by field id, so that old files keep their meaning; properties by Athena's names.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-evolving-table-schema.html
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyiceberg.exceptions import ValidationError
from pyiceberg.table import Table
from pyiceberg.table.update.schema import UpdateSchema
from pyiceberg.types import PrimitiveType
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg.outcome import Outcome
from local_aws.iceberg.properties import changes
from local_aws.iceberg.types import iceberg_type
from local_aws.iceberg.write import retrying

if TYPE_CHECKING:
    from local_aws.lake import Lake


def alter(lake: Lake, place: tuple[str, str], statement: exp.Alter) -> Outcome:
    """Carry out `ALTER TABLE … ADD | DROP | CHANGE COLUMN, SET TBLPROPERTIES`.

    :raises AwsError: for a column that is not there, is there already, or cannot take the new type.
    """
    for action in statement.args["actions"]:
        retrying(lake, *place, lambda table, action=action: _act(table, action))  # type: ignore[misc]
    return Outcome()


def _act(table: Table, action: exp.Expression) -> None:
    if isinstance(action, exp.AlterSet):
        wanted = {each.name: each.args["value"].name for each in action.find_all(exp.Property)}
        with table.transaction() as change:
            change.set_properties(changes(wanted))
        return
    steps = list(_column_steps(action))
    try:
        with table.update_schema(case_sensitive=False) as update:
            for step in steps:
                step(update)
    except (ValueError, ValidationError) as error:
        raise AwsError("INVALID_COLUMN_CHANGE", str(error)) from error


def _column_steps(action: exp.Expression) -> list[Callable[[UpdateSchema], object]]:
    if isinstance(action, exp.Schema):
        return [_add(each) for each in action.expressions]
    if isinstance(action, exp.ColumnDef):
        return [_add(action)]
    if isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
        return [_drop(each.name.lower()) for each in action.args["tables"]]
    if isinstance(action, exp.AlterColumn) and action.args.get("dtype"):
        renamed = action.args.get("rename_to")
        return _change(action.name.lower(), action.args["dtype"], renamed.name.lower() if renamed else "")
    raise Unsupported(f"ALTER TABLE {action.sql(dialect='athena')} on an Iceberg table")


def _add(column: exp.ColumnDef) -> Callable[[UpdateSchema], object]:
    kind = iceberg_type(column.args["kind"].sql(dialect="hive"), itertools.count(1))
    comment = column.find(exp.CommentColumnConstraint)
    doc = comment.this.name if comment else None
    return lambda update: update.add_column(column.name.lower(), kind, doc)


def _drop(name: str) -> Callable[[UpdateSchema], object]:
    return lambda update: update.delete_column(name)


def _change(name: str, kind: exp.DataType, renamed: str) -> list[Callable[[UpdateSchema], object]]:
    """`CHANGE COLUMN a b bigint`: the type may only widen."""
    wanted = iceberg_type(kind.sql(dialect="hive"), itertools.count(1))
    steps: list[Callable[[UpdateSchema], object]] = []
    if isinstance(wanted, PrimitiveType):
        steps.append(lambda update: update.update_column(name, wanted))
    if renamed and renamed != name:
        steps.append(lambda update: update.rename_column(name, renamed))
    return steps


def unset(lake: Lake, text: str, database: str) -> Outcome:
    """`TABLE t UNSET TBLPROPERTIES ('a', 'b')`, which sqlglot does not read: as the SET that it resembles.

    :raises AwsError: `SYNTAX_ERROR`.
    """
    try:
        # an array literal stands where the list of names does, so that the rest is read as it is
        words = text.split(None, 4)
        names = parse_one(f"ARRAY[{words[4].strip().rstrip(';').strip('()')}]", dialect="trino")
        place = exp.to_table(words[1], dialect="athena")
    except (ParseError, IndexError) as error:
        raise AwsError("SYNTAX_ERROR", f"cannot read ALTER {text}") from error
    if [word.upper() for word in (words[0], *words[2:4])] != ["TABLE", "UNSET", "TBLPROPERTIES"]:
        raise Unsupported(f"ALTER {text} on an Iceberg table")
    known = [
        next(iter(changes({each.name: "0"} if each.name.lower() != "write_compression" else {each.name: "zstd"})))
        for each in names.expressions
    ]

    def attempt(table: Table) -> None:
        with table.transaction() as change:
            change.remove_properties(*known)

    retrying(lake, place.db or database, place.name, attempt)
    return Outcome()
