"""The Expression of GetPartitions: a WHERE clause over partition keys, read once, then asked of each partition.

Evidence: https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html (`=`, `<>`, `>`, `<`, `>=`, `<=`, AND,
OR, IN, BETWEEN, LIKE, NOT, IS NULL; the types of keys). Deviates: `char` and `varchar` keys count as strings, only the
keys that an expression names must have a supported type, and a value that is none of its key's type is NULL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlglot
from sqlglot import exp

from local_aws.errors import AwsError

Values = Sequence[str]
Test = Callable[[Values], bool | None]
"""True, false, or None for SQL's unknown."""
Operand = Callable[[Values], Any]

NULL = "__HIVE_DEFAULT_PARTITION__"
_COMPARISONS: dict[type[exp.Expression], Callable[[Any, Any], bool]] = {
    exp.EQ: lambda left, right: left == right,
    exp.NEQ: lambda left, right: left != right,
    exp.GT: lambda left, right: left > right,
    exp.GTE: lambda left, right: left >= right,
    exp.LT: lambda left, right: left < right,
    exp.LTE: lambda left, right: left <= right,
}


def _timestamp(text: str) -> datetime:
    return datetime.fromisoformat(text.strip()).replace(tzinfo=None)


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("string", "char", "varchar"), str),
    **dict.fromkeys(("int", "integer", "bigint", "long", "tinyint", "smallint"), int),
    "decimal": Decimal,
    "date": date.fromisoformat,
    "timestamp": _timestamp,
}
_BAD = (ValueError, InvalidOperation)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)


def matcher(expression: str | None, keys: Sequence[dict[str, Any]]) -> Callable[[Values], bool]:
    """Whether a partition's values satisfy the expression; all do when there is none.

    :param keys: the table's `PartitionKeys`.
    :raises AwsError: `InvalidInputException` for what is no expression over these keys.
    """
    if not expression or not expression.strip():
        return lambda values: True
    try:
        tree = sqlglot.parse_one(expression, into=exp.Condition, read="athena")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise _invalid(f"Unsupported expression '{expression}'") from error
    try:
        test = _Reader(expression, keys).test(tree)
    except RecursionError as error:
        raise _invalid("The expression is nested too deeply.") from error
    return lambda values: test(values) is True


class _Reader:
    """Turns the tree of one expression into a test, literals read as the type of the key beside them."""

    def __init__(self, text: str, keys: Sequence[dict[str, Any]]) -> None:
        self._text = text
        self._keys = {
            str(key["Name"]).lower(): (position, str(key.get("Type") or "string").lower().partition("(")[0].strip())
            for position, key in enumerate(keys)
        }

    def test(self, node: exp.Expression) -> Test:
        found = self._positive(node)
        return _not(found) if node.args.get("negate") else found  # the parser's form of NOT LIKE

    def _positive(self, node: exp.Expression) -> Test:
        if isinstance(node, exp.Paren):
            return self.test(node.this)
        if isinstance(node, exp.And | exp.Or):
            # Chains of a thousand ORs are common: flattened, they cost no depth.
            tests = [self.test(each) for each in node.flatten()]
            return _any(tests) if isinstance(node, exp.Or) else _all(tests)
        if isinstance(node, exp.Not):
            return _not(self.test(node.this))
        compare = _COMPARISONS.get(type(node))
        if compare is not None:
            left, right = self._pair(node.this, node.expression)
            return lambda values: _compared(compare, left(values), right(values))
        if isinstance(node, exp.Between):
            low = exp.GTE(this=node.this.copy(), expression=node.args["low"])
            high = exp.LTE(this=node.this.copy(), expression=node.args["high"])
            return _all([self.test(low), self.test(high)])
        if isinstance(node, exp.In) and node.expressions:
            return self._in(node)
        if isinstance(node, exp.Like):
            return self._like(node)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            operand = self._key(node.this)[0]
            return lambda values: operand(values) is None
        if isinstance(node, exp.Boolean):
            truth = bool(node.this)
            return lambda values: truth
        raise self._unsupported()

    def _unsupported(self) -> AwsError:
        return _invalid(f"Unsupported expression '{self._text}'")

    def _in(self, node: exp.In) -> Test:
        operand, kind = self._key(node.this)
        wanted = {self._literal(each, kind) for each in node.expressions}

        def test(values: Values) -> bool | None:
            found = operand(values)
            return None if found is None else found in wanted

        return test

    def _like(self, node: exp.Like) -> Test:
        operand, kind = self._key(node.this)
        if _READERS[kind] is not str or not isinstance(node.expression, exp.Literal):
            raise self._unsupported()
        pattern = re.compile(_regex(str(node.expression.this)), re.DOTALL)

        def test(values: Values) -> bool | None:
            found = operand(values)
            return None if found is None else pattern.fullmatch(found) is not None

        return test

    def _pair(self, left: exp.Expression, right: exp.Expression) -> tuple[Operand, Operand]:
        left, right = left.unnest(), right.unnest()
        if isinstance(left, exp.Column):
            operand, kind = self._key(left)
            return operand, self._key(right)[0] if isinstance(right, exp.Column) else self._constant(right, kind)
        if isinstance(right, exp.Column):
            operand, kind = self._key(right)
            return self._constant(left, kind), operand
        if isinstance(left, exp.Literal) and isinstance(right, exp.Literal) and left.is_string == right.is_string:
            kind = "string" if left.is_string else "decimal"  # `1 = 1`, as generated filters begin
            return self._constant(left, kind), self._constant(right, kind)
        raise self._unsupported()

    def _constant(self, node: exp.Expression, kind: str) -> Operand:
        found = self._literal(node, kind)
        return lambda values: found

    def _key(self, node: exp.Expression) -> tuple[Operand, str]:
        """The value of a key, typed; None for a NULL or a value that is none of the type."""
        node = node.unnest()
        if not isinstance(node, exp.Column):
            raise self._unsupported()
        found = self._keys.get(node.name.lower())
        if found is None:
            raise _invalid(f"Unknown column '{node.name}': the partition keys are {', '.join(self._keys) or 'none'}.")
        position, kind = found
        if kind not in _READERS:
            raise _invalid(f"Partition keys of type {kind} are not supported in expressions: {node.name}.")
        read = _READERS[kind]

        def operand(values: Values) -> Any:
            text = values[position] if position < len(values) else NULL
            if text == NULL:
                return None
            try:
                return read(text)
            except _BAD:
                return None

        return operand, kind

    def _literal(self, node: exp.Expression, kind: str) -> Any:
        node, sign = node.unnest(), ""
        if isinstance(node, exp.Cast | exp.Anonymous):  # DATE '2020-01-01'
            node = node.this
        if isinstance(node, exp.Neg):
            node, sign = node.this, "-"
        if not isinstance(node, exp.Literal):
            raise self._unsupported()
        text = f"{sign}{node.this}"
        try:
            if _READERS[kind] is int and not node.is_string:
                return Decimal(text)  # `hour < 1.5` is a question with an answer
            return _READERS[kind](text)
        except _BAD as error:
            raise _invalid(f"'{text}' is no value of type {kind}.") from error


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    try:
        return compare(left, right)
    except TypeError:  # two keys of different kinds
        return None


def _all(tests: list[Test]) -> Test:
    def test(values: Values) -> bool | None:
        found: bool | None = True
        for each in tests:
            one = each(values)
            if one is False:
                return False
            found = None if one is None else found
        return found

    return test


def _not(inner: Test) -> Test:
    def test(values: Values) -> bool | None:
        found = inner(values)
        return None if found is None else not found

    return test


def _any(tests: list[Test]) -> Test:
    return _not(_all([_not(each) for each in tests]))


def _regex(pattern: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(letter) or re.escape(letter) for letter in pattern)
