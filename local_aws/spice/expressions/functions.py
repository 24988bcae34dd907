"""The functions of the expression language that local_aws knows, each with its SQL.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/functions-by-category.html and each function's page there.
A function that is not in these tables is refused by its name: no plausible value in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from local_aws.spice.expressions import dates
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import BOOLEAN, Function, Sql, joined_type
from local_aws.spice.types import DECIMAL, INTEGER, STRING

Arguments = tuple[Sql, ...]

MODES = frozenset({"CASE_SENSITIVE", "CASE_INSENSITIVE"})
"""How `contains` and its kin compare; written without quotes."""


def call(template: str) -> Callable[[Arguments], str]:
    """A builder that fills `{0}`, `{1}`, … with the arguments, `{all}` with all of them."""
    return lambda arguments: template.format(
        *(each.text for each in arguments), all=", ".join(each.text for each in arguments)
    )


def ifelse(arguments: Arguments) -> str:
    if len(arguments) % 2 == 0:
        raise ExpressionError("ifelse takes pairs of a condition and a value, and one value for the rest")
    pairs = zip(arguments[:-1:2], arguments[1::2], strict=False)
    write = _alike([*arguments[1::2], arguments[-1]])
    cases = " ".join(f"WHEN {when.text} THEN {write(then)}" for when, then in pairs)
    return f"CASE {cases} ELSE {write(arguments[-1])} END"


def _alike(values: Sequence[Sql]) -> Callable[[Sql], str]:
    """How values of one type are written; where one of several is a text, all are texts.

    Deviates: QuickSight refuses branches of different types.
    """
    texts = len({each.type for each in values if each.text != "NULL"}) > 1 and joined_type(values) == STRING
    return lambda value: f"CAST({value.text} AS VARCHAR)" if texts and value.type != STRING else value.text


def coalesce(arguments: Arguments) -> str:
    write = _alike(arguments)
    return f"coalesce({', '.join(map(write, arguments))})"


def switch(arguments: Arguments) -> str:
    if len(arguments) % 2:
        raise ExpressionError("switch takes an expression, pairs of a label and a value, and one value for the rest")
    pairs = zip(arguments[1:-1:2], arguments[2::2], strict=False)
    write = _alike([*arguments[2::2], arguments[-1]])
    cases = " ".join(f"WHEN {label.text} THEN {write(value)}" for label, value in pairs)
    return f"CASE {arguments[0].text} {cases} ELSE {write(arguments[-1])} END"


def contains(arguments: Arguments) -> str:
    text, wanted, folded = _searched(arguments)
    return f"contains({text}, {wanted})" if not folded else f"contains(lower({text}), lower({wanted}))"


def starts_with(arguments: Arguments) -> str:
    text, wanted, folded = _searched(arguments)
    return f"starts_with({text}, {wanted})" if not folded else f"starts_with(lower({text}), lower({wanted}))"


def ends_with(arguments: Arguments) -> str:
    text, wanted, folded = _searched(arguments)
    return f"suffix({text}, {wanted})" if not folded else f"suffix(lower({text}), lower({wanted}))"


def _searched(arguments: Arguments) -> tuple[str, str, bool]:
    mode = arguments[2].text.strip("'").upper() if len(arguments) > 2 else "CASE_SENSITIVE"
    if mode not in MODES:
        raise ExpressionError(f"the comparison mode is CASE_SENSITIVE or CASE_INSENSITIVE, not {mode}")
    return arguments[0].text, arguments[1].text, mode == "CASE_INSENSITIVE"


def locate(arguments: Arguments) -> str:
    text, wanted = arguments[0].text, arguments[1].text
    if len(arguments) == 2:
        return f"instr({text}, {wanted})"
    start = arguments[2].text
    found = f"instr(substring({text}, {start}), {wanted})"
    return f"CASE WHEN {found} > 0 THEN {found} + {start} - 1 ELSE 0 END"


def one_of(arguments: Arguments) -> str:
    return f"coalesce({arguments[0].text} IN {_listed(arguments[1])}, false)"


def none_of(arguments: Arguments) -> str:
    return f"({arguments[0].text} IS NULL OR {arguments[0].text} NOT IN {_listed(arguments[1])})"


def _listed(argument: Sql) -> str:
    """A list in brackets, or a parameter: of several values, of one, or without any."""
    return argument.text if argument.text.startswith("(") else f"({argument.text})"


def parse_json(arguments: Arguments) -> str:
    """The value at a path such as `$.State.City` of a text that is JSON; null for what is none."""
    return f"json_extract_string(TRY_CAST({arguments[0].text} AS JSON), {arguments[1].text})"


ROW: dict[str, Function] = {
    # conditions
    "ifelse": Function(3, None, ifelse, lambda given: joined_type([*given[1::2], given[-1]])),
    "switch": Function(4, None, switch, lambda given: joined_type([*given[2::2], given[-1]])),
    "coalesce": Function(1, None, coalesce, joined_type),
    "isnull": Function(1, 1, call("({0} IS NULL)"), BOOLEAN),
    "isnotnull": Function(1, 1, call("({0} IS NOT NULL)"), BOOLEAN),
    "nullif": Function(2, 2, call("nullif({0}, {1})"), 0),
    "in": Function(2, 2, one_of, BOOLEAN),
    "notin": Function(2, 2, none_of, BOOLEAN),
    # numbers
    "abs": Function(1, 1, call("abs({0})"), 0),
    "ceil": Function(1, 1, call("CAST(ceil({0}) AS BIGINT)"), INTEGER),
    "floor": Function(1, 1, call("CAST(floor({0}) AS BIGINT)"), INTEGER),
    "round": Function(1, 2, call("round({all})"), DECIMAL),
    "mod": Function(2, 2, call("({0} % nullif({1}, 0))"), 0),
    "exp": Function(1, 1, call("exp({0})"), DECIMAL),
    "ln": Function(1, 1, call("CASE WHEN {0} > 0 THEN ln({0}) END"), DECIMAL),
    "log": Function(1, 1, call("CASE WHEN {0} > 0 THEN log10({0}) END"), DECIMAL),
    "sqrt": Function(1, 1, call("CASE WHEN {0} >= 0 THEN sqrt({0}) END"), DECIMAL),
    "inttodecimal": Function(1, 1, call("CAST({0} AS DECIMAL(18, 4))"), DECIMAL),
    "decimaltoint": Function(1, 1, call("CAST(trunc({0}) AS BIGINT)"), INTEGER),
    "parseint": Function(1, 1, call("TRY_CAST(trim({0}) AS BIGINT)"), INTEGER),
    "parsedecimal": Function(1, 1, call("TRY_CAST(trim({0}) AS DECIMAL(18, 4))"), DECIMAL),
    # strings
    "tostring": Function(1, 1, call("CAST({0} AS VARCHAR)"), STRING),
    "concat": Function(1, None, call("concat({all})"), STRING),
    "contains": Function(2, 3, contains, BOOLEAN),
    "startswith": Function(2, 3, starts_with, BOOLEAN),
    "endswith": Function(2, 3, ends_with, BOOLEAN),
    "left": Function(2, 2, call("left({0}, {1})"), STRING),
    "right": Function(2, 2, call("right({0}, {1})"), STRING),
    "substring": Function(2, 3, call("substring({all})"), STRING),
    "strlen": Function(1, 1, call("length({0})"), INTEGER),
    "tolower": Function(1, 1, call("lower({0})"), STRING),
    "toupper": Function(1, 1, call("upper({0})"), STRING),
    "trim": Function(1, 1, call("trim({0})"), STRING),
    "ltrim": Function(1, 1, call("ltrim({0})"), STRING),
    "rtrim": Function(1, 1, call("rtrim({0})"), STRING),
    "replace": Function(3, 3, call("replace({0}, {1}, {2})"), STRING),
    "split": Function(3, 3, call("nullif(split_part({0}, {1}, {2}), '')"), STRING),
    "locate": Function(2, 3, locate, INTEGER),
    "parsejson": Function(2, 2, parse_json, STRING),
    **dates.FUNCTIONS,
}


def _checked(name: str, template: str) -> Callable[[Arguments], str]:
    """A builder that refuses what is no number, for the aggregates that take numbers."""

    def build(arguments: Arguments) -> str:
        value = arguments[0]
        if name in _OF_NUMBERS and value.type not in {INTEGER, DECIMAL} and value.text != "NULL":
            raise ExpressionError(f"{name} takes numbers; {value.text} is a {value.type}")
        return call(template)(arguments)

    return build


_OF_NUMBERS = {"sum", "avg", "stdev", "stdevp", "var", "varp"}


def _aggregate(name: str, template: str, kind: str | int) -> Function:
    return Function(1, 1, _checked(name, template), kind, aggregate=True)


def _conditional(name: str, template: str, kind: str | int) -> Function:
    """`sumIf` and its kin: the rows of the condition alone."""
    return Function(2, 2, _checked(name, template + " FILTER (WHERE {1})"), kind, aggregate=True)


_MEASURES: tuple[tuple[str, str, str | int], ...] = (
    ("sum", "sum({0})", 0),
    ("avg", "avg({0})", DECIMAL),
    ("count", "count({0})", INTEGER),
    ("distinct_count", "count(DISTINCT {0})", INTEGER),
    ("min", "min({0})", 0),
    ("max", "max({0})", 0),
    ("median", "median({0})", DECIMAL),
    ("stdev", "stddev_samp({0})", DECIMAL),
    ("stdevp", "stddev_pop({0})", DECIMAL),
    ("var", "var_samp({0})", DECIMAL),
    ("varp", "var_pop({0})", DECIMAL),
)

AGGREGATE: dict[str, Function] = {
    **{name: _aggregate(name, template, kind) for name, template, kind in _MEASURES},
    **{f"{name}if": _conditional(name, template, kind) for name, template, kind in _MEASURES},
    "percentile": Function(2, 2, call("quantile_disc({0}, {1} / 100.0)"), 0, aggregate=True),
    "percentilecont": Function(2, 2, call("quantile_cont({0}, {1} / 100.0)"), DECIMAL, aggregate=True),
    "percentiledisc": Function(2, 2, call("quantile_disc({0}, {1} / 100.0)"), 0, aggregate=True),
}

FUNCTIONS: dict[str, Function] = {**ROW, **AGGREGATE}
