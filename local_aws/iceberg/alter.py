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
from sqlglot import exp, tokenize
from sqlglot.tokens import TokenType

from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg.outcome import Outcome
from local_aws.iceberg.properties import changes, iceberg_name
from local_aws.iceberg.types import iceberg_type
from local_aws.iceberg.write import retrying

if TYPE_CHECKING:
    from local_aws.lake import Lake


def alter(lake: Lake, place: tuple[str, str], statement: exp.Alter) -> Outcome:
    """Carry out `ALTER TABLE … ADD | DROP | CHANGE COLUMN, SET TBLPROPERTIES, RENAME TO`.

    :raises AwsError: for a column that is not there, is there already, or cannot take the new type.
    """
    for action in statement.args["actions"]:
        if isinstance(action, exp.AlterRename):
            rename(lake, place, (action.this.db or place[0], action.this.name))
            continue
        retrying(lake, *place, lambda table, action=action: _act(table, action))  # type: ignore[misc]
    return Outcome()


def rename(lake: Lake, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Give a table another name, in its database or another: files and metadata stay where they are.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-rename.html

    :raises AwsError: `AlreadyExistsException`, `EntityNotFoundException` (database).
    """
    with lake.iceberg.turn(*old):
        shape = lake.catalog.table(*old)
        definition = {name: shape[name] for name in _DEFINITION if name in shape}
        lake.catalog.create_table(new[0], {**definition, "Name": new[1]})
        lake.catalog.delete_table(*old)


_DEFINITION = ("Description", "Owner", "Parameters", "PartitionKeys", "StorageDescriptor", "TableType")
"""What of Glue's `Table` its `TableInput` takes."""


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
    """`TABLE t UNSET TBLPROPERTIES ('a', 'b')`, which sqlglot does not parse: read by its tokens.

    :raises AwsError: `SYNTAX_ERROR`.
    """
    tokens = tokenize(text, read="athena")
    words = [token.text for token in tokens]
    verbs = [word.upper() for word in words]
    start = verbs.index("UNSET") if "UNSET" in verbs else 0
    if start < 2 or verbs[0] != "TABLE" or verbs[start + 1 : start + 2] != ["TBLPROPERTIES"]:
        raise Unsupported(f"ALTER {text} on an Iceberg table")
    place = exp.to_table(text[tokens[1].start : tokens[start].start].strip(), dialect="athena")
    names = [token.text for token in tokens[start + 2 :] if token.token_type == TokenType.STRING]
    if not names or words[start + 2] != "(":
        raise AwsError("SYNTAX_ERROR", "UNSET TBLPROPERTIES takes ('name' [, …])")

    def attempt(table: Table) -> None:
        with table.transaction() as change:
            change.remove_properties(*(iceberg_name(name) for name in names))

    retrying(lake, place.db or database, place.name, attempt)
    return Outcome()
