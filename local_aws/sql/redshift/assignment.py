"""What becomes of a value that is put into a column: read, cut and checked by the column's type.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html (blanks beyond the length fall away,
other characters are an error; the blanks of a CHAR never count) and
https://docs.aws.amazon.com/redshift/latest/dg/r_INSERT_30.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from local_aws.sql.redshift import types
from local_aws.sql.redshift.catalog import Relation
from local_aws.sql.redshift.functions.call import as_text, fill
from local_aws.sql.redshift.rewrite.casts import read_text
from local_aws.sql.redshift.types import ColumnType

_BARE = "rtrim(_1, ' ')"
_FITTED = (
    f"CASE WHEN strlen(_1) > {{0}} AND strlen({_BARE}) <= {{0}}"
    f" THEN rpad({_BARE}, CAST({{0}} - strlen({_BARE}) + length({_BARE}) AS INTEGER), ' ') ELSE _1 END"
)


def assigned(value: exp.Expr, source: ColumnType | None, target: ColumnType) -> exp.Expr:
    """A rewritten value of a type, as a column of a type takes it."""
    if isinstance(value, exp.Null):
        return value
    if target.is_text:
        return _text(value, source, target)
    if target.name == "super":
        return value if source is not None and source.name == "super" else fill("to_json(_1)", [value])
    if source is not None and source.is_text:
        return read_text(value, target)
    return value


def _text(value: exp.Expr, source: ColumnType | None, target: ColumnType) -> exp.Expr:
    text = as_text(value, source)
    if target.name == "bpchar":
        return fill("rtrim(_1, ' ')", [text])
    fits = source is not None and source.is_text and (source.length or 0) <= (target.length or 0)
    if target.length == types.MAX_LENGTH or (fits and source is not None and source.name == "varchar"):
        return text
    return fill(_FITTED.format(target.length), [text])


def stored(relation: Relation, names: Sequence[str], rows: str, kinds: Sequence[ColumnType | None]) -> str:
    """A query of rows, whose columns have these types, as the named columns take them."""
    columns = {each.name: each for each in relation.columns}
    values = [
        assigned(exp.column(f"v{n}"), kind, columns[name].type).sql(dialect="duckdb")
        for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    if values == [f"v{n}" for n in range(len(names))]:
        return rows
    return f"SELECT {', '.join(values)} FROM ({rows}) AS v({', '.join(f'v{n}' for n in range(len(names)))})"
