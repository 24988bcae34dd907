"""PIVOT and UNPIVOT, written as the grouped query or the union that they stand for.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_FROM_clause-pivot-unpivot-examples.html with its usage notes.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from local_aws.sql.redshift import errors

_AGGREGATES = {"count", "sum", "min", "max", "avg"}


def expand(tree: exp.Expr) -> exp.Expr:
    """Each FROM item with a PIVOT or UNPIVOT replaced by a derived table."""
    for node in list(tree.find_all(exp.Table, exp.Subquery)):
        pivots = node.args.get("pivots")
        if not pivots:
            continue
        if len(pivots) > 1:
            raise errors.unsupported("a PIVOT of a PIVOT")
        pivot, source = pivots[0], node.copy()
        for part in ("pivots", "joins", "laterals"):
            source.set(part, None)
        query = _unpivoted(source, pivot) if pivot.args.get("unpivot") else _pivoted(source, pivot)
        alias = pivot.args.get("alias") or node.args.get("alias") or exp.TableAlias(this=_name(node.name or "pivot"))
        derived = exp.Subquery(this=query, alias=alias.copy())
        for part in ("joins", "laterals"):
            derived.set(part, node.args.get(part))
        node.replace(derived)
    return tree


def _name(text: str) -> exp.Identifier:
    return exp.to_identifier(text, quoted=True)


def _others(columns: Iterable[str]) -> exp.Star:
    """All columns but these: they come along, and PIVOT groups by them."""
    return exp.Star(except_=[_name(each) for each in dict.fromkeys(columns)])


def _choice(pivot: exp.Pivot) -> exp.In:
    fields = pivot.args.get("fields") or []
    if len(fields) != 1 or not isinstance(fields[0], exp.In) or not fields[0].expressions:
        raise errors.unsupported("this form of PIVOT")
    found: exp.In = fields[0]
    return found


def _pivoted(source: exp.Expr, pivot: exp.Pivot) -> exp.Expr:
    choice = _choice(pivot)
    if len(pivot.expressions) != 1:
        raise errors.unsupported("PIVOT with several aggregates")
    call, label = pivot.expressions[0].unalias(), pivot.expressions[0].alias
    if not isinstance(call, exp.Anonymous) or call.name.lower() not in _AGGREGATES:
        raise errors.error("PIVOT supports the aggregate functions COUNT, SUM, MIN, MAX and AVG")
    column = exp.column(choice.this.name, quoted=True)
    used = [column.name, *(each.name for each in call.find_all(exp.Column) if not each.is_star)]
    outputs: list[exp.Expr] = [_others(used)]
    for each in choice.expressions:
        value = each.this if isinstance(each, exp.PivotAlias) else each
        name = each.args["alias"].name if isinstance(each, exp.PivotAlias) else _value_name(value)
        outputs.append(exp.alias_(_chosen(call, column, value), f"{name}_{label}" if label else name, quoted=True))
    query = exp.Select(expressions=outputs, from_=exp.From(this=source))
    query.set("group", exp.Group(all=True))
    return query


def _value_name(value: exp.Expr) -> str:
    if isinstance(value, exp.Null):
        return "null"
    if isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal):
        return f"-{value.this.name}"
    return value.name.lower() if isinstance(value, exp.Literal | exp.Boolean) else "?column?"


def _chosen(call: exp.Anonymous, column: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The aggregate over the rows whose column has this value; `count` is 0 where there are none."""
    is_null = isinstance(value, exp.Null)
    test: exp.Expr = (exp.Is if is_null else exp.EQ)(this=column.copy(), expression=value.copy())
    new = call.copy()
    inner = new.expressions[0]
    distinct = isinstance(inner, exp.Distinct)
    argument = inner.expressions[0] if distinct else inner
    counted = exp.Literal.number(1) if argument.is_star else argument.copy()
    case = exp.Case(ifs=[exp.If(this=test, true=counted)])
    new.set("expressions", [exp.Distinct(expressions=[case]) if distinct else case])
    return new


def _unpivoted(source: exp.Expr, pivot: exp.Pivot) -> exp.Expr:
    choice = _choice(pivot)
    if len(pivot.expressions) != 1:
        raise errors.unsupported("UNPIVOT of several columns")
    value, label = pivot.expressions[0].name, choice.this.name
    pairs = []
    for each in choice.expressions:
        column = each.this if isinstance(each, exp.PivotAlias) else each
        if not isinstance(column, exp.Column):
            raise errors.error("the IN list of UNPIVOT must hold columns only")
        pairs.append((column.name, each.args["alias"].name if isinstance(each, exp.PivotAlias) else column.name))
    branches: list[exp.Expr] = []
    for name, shown in pairs:
        column = exp.column(name, quoted=True)
        text = exp.cast(exp.Literal.string(shown), exp.DataType.build("VARCHAR(65535)", dialect="redshift"))
        outputs = [exp.alias_(text, label, quoted=True), exp.alias_(column, value, quoted=True)]
        query = exp.Select(
            expressions=[_others(each for each, _ in pairs), *outputs], from_=exp.From(this=source.copy())
        )
        if not pivot.args.get("include_nulls"):
            query.set("where", exp.Where(this=exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null()))))
        branches.append(query)
    found = branches[0]
    for each in branches[1:]:
        found = exp.Union(this=found, expression=each, distinct=False)
    return found
