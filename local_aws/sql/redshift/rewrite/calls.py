"""Function calls: looked up by name, counted, computed by the builder of `functions`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from local_aws.sql.redshift import errors, functions
from local_aws.sql.redshift.functions import supers
from local_aws.sql.redshift.functions.call import Call
from local_aws.sql.redshift.functions.refused import is_refused
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.types import ColumnType

_WRAPPERS = (exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def _is_wrapped(node: exp.Expr) -> bool:
    return isinstance(node.parent, _WRAPPERS) and node.arg_key == "this"


def call(node: exp.Expr) -> exp.Expr:
    """A call that stands alone."""
    if not isinstance(node, exp.Anonymous) or _is_wrapped(node) or isinstance(node.parent, exp.Table):
        return node
    return _built(node, [])


def wrapped_call(node: exp.Expr) -> exp.Expr:
    """A call under OVER, WITHIN GROUP or IGNORE NULLS: the builder puts its aggregates under the same."""
    if not isinstance(node, _WRAPPERS) or _is_wrapped(node):
        return node
    wrappers: list[exp.Expr] = []
    inner: exp.Expr = node
    while isinstance(inner, _WRAPPERS):
        wrappers.append(inner)
        inner = inner.this
    if not isinstance(inner, exp.Anonymous):
        if isinstance(node.parent, exp.Anonymous) and not isinstance(node, exp.Window):
            return node  # lag(x IGNORE NULLS): the call takes it up
        raise errors.error("OVER needs a window function or an aggregate")
    return _built(inner, wrappers)


def _built(node: exp.Anonymous, wrappers: list[exp.Expr]) -> exp.Expr:
    function = functions.find(node.name)
    arguments = functions.plain_arguments(node)
    kinds = [type_of(each) for each in arguments]
    if function is None and is_refused(node.name):
        raise errors.unsupported(f"the function {node.name.lower()}")
    if isinstance(node.this, exp.Identifier) or function is None:
        raise _missing(node.name, kinds)
    if len(arguments) == 1 and isinstance(arguments[0], exp.Star) and node.name.lower().endswith("count"):
        arguments, kinds = [], []
    elif not function.least <= len(arguments) <= function.most:
        raise _missing(node.name, kinds)
    if any(kind is not None and kind.name == "super" for kind in kinds) and not functions.takes_super(node.name):
        if node.name.lower() in {"sum", "avg"}:
            raise errors.unsupported(f"{node.name.lower()}() of SUPER values without a cast")
        raise _missing(node.name, kinds)
    if kinds and kinds[0] is not None and kinds[0].name == "super" and supers.is_math(node.name):
        return supers.math(node.name, arguments)
    order = [part.expression.expressions for part in wrappers if isinstance(part, exp.WithinGroup)]
    found = Call(
        node.name.lower(),
        arguments,
        kinds,
        type_of(node),
        distinct=any(isinstance(each, exp.Distinct) for each in node.expressions),
        order=list(order[0]) if order else [],
        over=lambda inner: _wrapped(inner, node, wrappers),
        windowed=any(isinstance(each, exp.Window) for each in wrappers),
    )
    return function.build(found)


def _wrapped(inner: exp.Expr, node: exp.Anonymous, wrappers: list[exp.Expr]) -> exp.Expr:
    ignores = any(isinstance(each, exp.IgnoreNulls) for each in (*wrappers, *node.expressions))
    if ignores and isinstance(inner, exp.Anonymous):
        inner.expressions[-1].replace(exp.IgnoreNulls(this=inner.expressions[-1].copy()))
    for wrapper in reversed(wrappers):
        if isinstance(wrapper, exp.Window):
            window = wrapper.copy()
            window.set("this", inner)
            inner = window
    return inner


def _missing(name: str, kinds: Sequence[ColumnType | None]) -> errors.SqlError:
    """PostgreSQL's words for a function that is not there, or not with these arguments."""
    shown = ", ".join(kind.standard if kind is not None else '"unknown"' for kind in kinds)
    return errors.error(f"function {name.lower()}({shown}) does not exist")
