"""MERGE INTO: which source row meets which target row, what each clause makes of the pair, one snapshot of it all.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html; where that page says less, Trino's
rules: https://trino.io/docs/current/sql/merge.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import DateType, DecimalType, IntegerType, LongType, NestedField, StringType, TimestampType
from sqlglot import exp

from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg.conform import FAMILIES, conform
from local_aws.iceberg.outcome import Outcome, Reading, Run
from local_aws.iceberg.predicate import Value, among, pruning
from local_aws.iceberg.rewrite import ROW, Changes, Target, apply, mentioned, read_target

if TYPE_CHECKING:
    from local_aws.lake import Lake

SOURCE, TARGET, CLAUSE, PAIR, SOURCE_ROW = "$source", "$target", "$clause", "$pair", "$source_row"


@dataclass(frozen=True)
class Names:
    """What the statement calls its two sides."""

    target: str
    source: str


def merge(lake: Lake, table: Table, statement: exp.Merge, run: Run, reading: Reading) -> Outcome:
    """Carry a MERGE out on the table as it is, or raise and change nothing.

    The source is read once. Of the target only those files are read that can hold a match: by the conditions of ON
    on the target alone, and by the source's values of the columns that ON equates (Trino's dynamic filtering).

    :raises AwsError: `MERGE_TARGET_ROW_MULTIPLE_MATCHES`.
    """
    statement = _unqualified(statement)
    clauses = _clauses(statement)
    names = Names(_name(statement.this), _name(statement.args["using"]))
    source = _rows(run(exp.select("*").from_(statement.args["using"].copy()), {}))
    source = source.append_column(SOURCE_ROW, pa.array(range(source.num_rows), pa.int64()))
    on, schema = statement.args["on"], table.schema()
    where = _reachable(schema, names, on, source, run)
    columns = mentioned(schema, on, *(_spoken_of(clause) for clause in clauses))
    target = read_target(lake, table, where, columns, reading)
    pairs = _pairs(names, on, clauses, source, target.rows, run)
    _check_single(pairs)
    return apply(lake, target, _changes(names, clauses, pairs, source, target, run))


def _unqualified(statement: exp.Merge) -> exp.Merge:
    """`orderlogs.orders.id` as `orders.id`, where the target has no alias."""
    statement = statement.copy()
    name = [statement.this.db.lower(), statement.this.name.lower()]
    for part in (statement.args["on"], statement.args["whens"]):
        for column in part.find_all(exp.Column):
            if len(column.parts) > 2 and [each.name.lower() for each in column.parts[:2]] == name:
                column.set("catalog" if column.args.get("catalog") else "db", None)
    return statement


def _name(side: exp.Expression) -> str:
    return str(side.alias_or_name)


def _spoken_of(clause: exp.When) -> exp.Expression:
    """What a clause reads of the two sides: its condition and its values, not the columns that it writes."""
    then = clause.args["then"]
    assigned = then.expressions if isinstance(then, exp.Update) else []
    condition = clause.args.get("condition")
    return exp.Tuple(
        expressions=[*(each.expression.copy() for each in assigned), *([condition.copy()] if condition else [])]
    )


def _rows(found: Any) -> Any:
    return found if isinstance(found, pa.Table) else found.read_all()


def _clauses(statement: exp.Merge) -> list[exp.When]:
    clauses: list[exp.When] = statement.args["whens"].expressions
    for clause in clauses:
        then = clause.args["then"]
        if clause.args.get("source"):
            raise Unsupported("MERGE's WHEN NOT MATCHED BY SOURCE")
        if isinstance(then, exp.Insert | exp.Update) and then.find(exp.Star):
            raise Unsupported("MERGE's UPDATE SET * and INSERT *")
        if isinstance(then, exp.Insert) == bool(clause.args["matched"]):
            raise AwsError("SYNTAX_ERROR", "WHEN MATCHED takes UPDATE or DELETE, WHEN NOT MATCHED takes INSERT")
    return clauses


def _reachable(schema: Schema, names: Names, on: exp.Expression, source: Any, run: Run) -> BooleanExpression:
    """The target rows that can match at all."""
    where: BooleanExpression = AlwaysTrue()
    for part in on.unnest().flatten() if isinstance(on.unnest(), exp.And) else [on.unnest()]:
        sides = [_side(column, schema, names, source) for column in part.find_all(exp.Column)]
        if sides and all(side == names.target for side in sides):
            where = And(where, pruning(part, schema))
        elif isinstance(part, exp.EQ):
            where = And(where, _equated(part, schema, names, source, run))
    return where


def _side(column: exp.Column, schema: Schema, names: Names, source: Any) -> str:
    """Whose column it is; empty if unsure."""
    if column.table:
        return next((name for name in (names.target, names.source) if name.lower() == column.table.lower()), "")
    in_target = column.name.lower() in {each.name.lower() for each in schema.fields}
    in_source = column.name.lower() in {each.lower() for each in source.column_names}
    return names.target if in_target and not in_source else names.source if in_source and not in_target else ""


def _equated(part: exp.EQ, schema: Schema, names: Names, source: Any, run: Run) -> BooleanExpression:
    """`t.column = <something of the source alone>`: the column has one of the source's values."""
    for mine, other in ((part.left, part.right), (part.right, part.left)):
        mine, other = mine.unnest(), other.unnest()
        sides = {_side(column, schema, names, source) for column in other.find_all(exp.Column)}
        if not isinstance(mine, exp.Column) or _side(mine, schema, names, source) != names.target:
            continue
        if sides != {names.source} or other.find(exp.Query):
            continue
        if isinstance(other, exp.Column) and other.name in source.column_names:
            values = source.column(other.name).unique()
        else:
            query = exp.select(exp.alias_(other.copy(), "v", quoted=True)).from_(_relation(SOURCE, names.source))
            values = _rows(run(query, {SOURCE: source})).column(0).unique()
        known = _values(schema.find_field(mine.name, case_sensitive=False), values)
        return AlwaysTrue() if known is None else among(mine.name, known)
    return AlwaysTrue()


FAMILY_OF: dict[Any, str] = {
    DateType: "date",
    TimestampType: "timestamp",
    StringType: "text",
    IntegerType: "number",
    LongType: "number",
    DecimalType: "number",
}


def _values(field: NestedField, found: Any) -> set[Value] | None:
    """Values as Iceberg compares them; None if the types differ enough for the comparison to be the engine's own."""
    family = FAMILY_OF.get(type(field.field_type))
    if family is None or not FAMILIES[family](found.type) or pa.types.is_floating(found.type):
        return None
    values = [value for value in found.to_pylist() if value is not None]
    if family in {"date", "timestamp"}:
        return {value.isoformat() for value in values}
    if isinstance(field.field_type, DecimalType):
        unit = Decimal(1).scaleb(-field.field_type.scale)
        exact = {Decimal(value).quantize(unit) for value in values if Decimal(value).quantize(unit) == value}
        return set(exact)
    if family == "number":
        return {int(value) for value in values if value == int(value)}
    return set(values)


def _relation(name: str, alias: str) -> exp.Table:
    return exp.alias_(exp.Table(this=exp.to_identifier(name, quoted=True)), alias, table=True, quoted=True)


def _column(name: str, table: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True))


def _pairs(names: Names, on: exp.Expression, clauses: list[exp.When], source: Any, target: Any, run: Run) -> Any:
    """Each source row with each target row that it matches, or with none; and the clause that acts on the pair."""
    case = exp.Case()
    matched = exp.Is(this=_column(ROW, names.target), expression=exp.Null()).not_()
    for number, clause in enumerate(clauses):
        state = matched if clause.args["matched"] else exp.Is(this=_column(ROW, names.target), expression=exp.Null())
        condition = clause.args.get("condition")
        case = case.when(exp.and_(state.copy(), condition.copy()) if condition else state.copy(), str(number))
    query = (
        exp.select(_column(SOURCE_ROW, names.source), _column(ROW, names.target))
        .select(exp.alias_(case, CLAUSE, quoted=True))
        .from_(_relation(SOURCE, names.source))
        .join(_relation(TARGET, names.target), on=on.copy(), join_type="left")
    )
    pairs = _rows(run(query, {SOURCE: source, TARGET: target}))
    return pa.table([each.cast(pa.int64()) for each in pairs.columns], [SOURCE_ROW, ROW, CLAUSE])


def _check_single(pairs: Any) -> None:
    """One target row may meet one source row: of each clause (no clause counts as one), and of all clauses that act.

    That is Trino's rule: rows that different clauses leave alone are not in the way.
    """
    matched = pairs.filter(pc.is_valid(pairs[ROW]))
    acting = matched.filter(pc.is_valid(matched[CLAUSE]))
    for rows, keys in ((matched, [ROW, CLAUSE]), (acting, [ROW])):
        if rows.select(keys).group_by(keys).aggregate([]).num_rows != rows.num_rows:
            raise AwsError(
                "MERGE_TARGET_ROW_MULTIPLE_MATCHES", "One MERGE target table row matched more than one source row"
            )


def _changes(names: Names, clauses: list[exp.When], pairs: Any, source: Any, target: Target, run: Run) -> Changes:
    deleted, updates, inserted = [], [], []
    for number, clause in enumerate(clauses):
        acted = pairs.filter(pc.equal(pairs[CLAUSE], number))
        then = clause.args["then"]
        if not acted.num_rows:
            continue
        of_source = source.take(acted[SOURCE_ROW])
        if isinstance(then, exp.Insert):
            inserted.append(_inserted(names, then, of_source, target.table.schema(), run))
        elif isinstance(then, exp.Update):
            of_target = target.rows.take(pc.index_in(acted[ROW], target.rows[ROW].combine_chunks()))
            updates.append(_updated(names, then, of_source, of_target, run))
        else:
            deleted.append(acted[ROW].combine_chunks())
    gone = pa.concat_arrays(deleted) if deleted else pa.array([], pa.int64())
    return Changes(gone, updates, inserted)


def _inserted(names: Names, then: exp.Insert, source: Any, schema: Schema, run: Run) -> Any:
    columns = [each.name for each in then.this.expressions] if then.this else [each.name for each in schema.fields]
    values = then.expression.expressions
    query = exp.select(*_numbered(values)).from_(_relation(SOURCE, names.source))
    return conform(_rows(run(query, {SOURCE: source})), schema, columns)


def _updated(names: Names, then: exp.Update, source: Any, target: Any, run: Run) -> Any:
    columns, values = assignments(then.expressions)
    numbers = pa.array(range(source.num_rows), pa.int64())
    query = (
        exp.select(_column(ROW, names.target), *_numbered(values))
        .from_(_relation(TARGET, names.target))
        .join(
            _relation(SOURCE, names.source),
            on=exp.EQ(this=_column(PAIR, names.target), expression=_column(PAIR, names.source)),
        )
    )
    relations = {SOURCE: source.append_column(PAIR, numbers), TARGET: target.append_column(PAIR, numbers)}
    return _rows(run(query, relations)).rename_columns([ROW, *columns])


def assignments(found: list[exp.Expression]) -> tuple[list[str], list[exp.Expression]]:
    """`SET a = x, b = y`: the columns, in lower case, and their new values."""
    columns = [each.this.name.lower() for each in found]
    if len(set(columns)) != len(columns):
        raise AwsError("SYNTAX_ERROR", f"Multiple assignments for the same column: {', '.join(sorted(columns))}")
    return columns, [each.expression for each in found]


def _numbered(values: list[exp.Expression]) -> Iterator[exp.Expression]:
    return (exp.alias_(value.copy(), f"v{number}", quoted=True) for number, value in enumerate(values))
