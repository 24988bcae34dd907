"""Which part carries out which statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyiceberg.table import Table
from sqlglot import exp

from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg import alter, maintenance
from local_aws.iceberg.merge import assignments, merge
from local_aws.iceberg.outcome import Outcome, Reading, Run
from local_aws.iceberg.predicate import pruning
from local_aws.iceberg.rewrite import ROW, Changes, apply, mentioned, read_target
from local_aws.iceberg.write import append_rows, retrying

if TYPE_CHECKING:
    from local_aws.lake import Lake

TARGET = "$target"


def execute(lake: Lake, statement: exp.Expression, run: Run, database: str, reading: Reading) -> Outcome:
    """See `local_aws.iceberg.execute`."""
    if isinstance(statement, exp.Command):
        return _command(lake, statement, database)
    named = statement.find(exp.Table)
    if named is None:
        raise Unsupported(f"{statement.key.upper()} without a table")
    place = (named.db or database, named.name)
    if isinstance(statement, exp.Insert):
        return _insert(lake, place, statement, run)
    if isinstance(statement, exp.Merge):
        return retrying(lake, *place, lambda table: merge(lake, table, statement, run, reading))
    if isinstance(statement, exp.Update):
        return retrying(lake, *place, lambda table: _update(lake, table, statement, run, reading))
    if isinstance(statement, exp.Delete):
        return retrying(lake, *place, lambda table: _delete(lake, table, statement, run, reading))
    if isinstance(statement, exp.Alter):
        return alter.alter(lake, place, statement)
    raise Unsupported(f"{statement.key.upper()} on an Iceberg table")


def _command(lake: Lake, statement: exp.Command, database: str) -> Outcome:
    """The statements that sqlglot keeps as text: OPTIMIZE, VACUUM, ALTER TABLE … UNSET TBLPROPERTIES."""
    verb, rest = str(statement.this).upper(), statement.args["expression"]
    text = rest if isinstance(rest, str) else str(rest.name)
    if verb == "OPTIMIZE":
        return maintenance.optimize(lake, *maintenance.parsed_optimize(text, database))
    if verb == "VACUUM":
        named = exp.to_table(text.strip().rstrip(";"), dialect="athena")
        return maintenance.vacuum(lake, named.db or database, named.name)
    if verb == "ALTER":
        return alter.unset(lake, text, database)
    raise Unsupported(f"{verb} on an Iceberg table")


def _insert(lake: Lake, place: tuple[str, str], statement: exp.Insert, run: Run) -> Outcome:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-updating-iceberg-table-data.html"""
    if statement.args.get("overwrite"):
        raise Unsupported("INSERT OVERWRITE")
    query = statement.expression
    if isinstance(query, exp.Values):
        named = exp.TableAlias(this=exp.to_identifier("v"))
        query = exp.select("*").from_(exp.Values(expressions=query.copy().expressions, alias=named))
    names = [each.name for each in statement.this.expressions] if isinstance(statement.this, exp.Schema) else None
    inserted, snapshot = append_rows(lake, *place, run(query, {}), names)
    return Outcome(inserted=inserted, snapshot_id=snapshot)


def _rows(found: Any) -> Any:
    return found if isinstance(found, pa.Table) else found.read_all()


def _condition(statement: exp.Expression) -> exp.Expression | None:
    where = statement.args.get("where")
    return where.this if where else None


def _from_target(query: exp.Select, statement: exp.Expression) -> exp.Select:
    name = statement.this.alias_or_name
    relation = exp.alias_(exp.Table(this=exp.to_identifier(TARGET, quoted=True)), name, table=True, quoted=True)
    query = query.from_(relation)
    condition = _condition(statement)
    return query.where(condition.copy()) if condition is not None else query


def _numbers() -> exp.Column:
    return exp.column(exp.to_identifier(ROW, quoted=True))


def _delete(lake: Lake, table: Table, statement: exp.Delete, run: Run, reading: Reading) -> Outcome:
    condition, schema = _condition(statement), table.schema()
    target = read_target(lake, table, pruning(condition, schema), mentioned(schema, condition), reading)
    found = _rows(run(_from_target(exp.select(_numbers()), statement), {TARGET: target.rows}))
    return apply(lake, target, Changes(deleted=found.column(0).cast(pa.int64()).combine_chunks()))


def _update(lake: Lake, table: Table, statement: exp.Update, run: Run, reading: Reading) -> Outcome:
    condition, schema = _condition(statement), table.schema()
    columns, values = assignments(statement.expressions)
    unknown = [name for name in columns if name not in {each.name.lower() for each in schema.fields}]
    if unknown:
        raise AwsError("COLUMN_NOT_FOUND", f"The UPDATE SET target column {unknown[0]} doesn't exist")
    used = mentioned(schema, condition, *values)
    target = read_target(lake, table, pruning(condition, schema), used, reading)
    aliased = [exp.alias_(value.copy(), f"v{number}", quoted=True) for number, value in enumerate(values)]
    found = _rows(run(_from_target(exp.select(_numbers(), *aliased), statement), {TARGET: target.rows}))
    return apply(lake, target, Changes(updates=[found.rename_columns([ROW, *columns])] if found.num_rows else []))
