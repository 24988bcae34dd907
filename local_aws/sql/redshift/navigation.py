"""SUPER values to read: paths into them, and FROM items that unnest their arrays.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/query-super.html (navigation, unnesting, object unpivoting).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import fill
from local_aws.sql.redshift.types import MAX_LENGTH, ColumnType

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Sources

PATH_CALL = "super_path"
"""The call that a path becomes: the column, then the steps."""


def enter_paths(tree: exp.Expr) -> None:
    """`LEFT JOIN c.s.orders o`, `UNPIVOT c.s AS v AT k` and paths in a FROM clause of its own: all as unnestings.

    The grammar knows only those after a comma; a name whose first part is an alias in sight is no table.
    """
    for table in list(tree.find_all(exp.Table)):
        pivot = table.parent if isinstance(table.parent, exp.Pivot) and table.parent.args.get("unpivot") else None
        parts = [each.copy() for each in table.parts]
        if pivot is None and (len(parts) < 2 or parts[0].name not in _aliases(table)):
            continue
        alias = table.args.get("alias")
        if alias is None:
            raise errors.unsupported("unnesting without an alias")
        path = exp.Column(**dict(zip(("this", "table", "db", "catalog"), reversed(parts), strict=False)))
        new = exp.Unnest(expressions=[path], alias=exp.TableAlias(columns=[alias.this.copy()]))
        new.args["alias"].columns[0].meta.update(alias.this.meta)
        new.meta["object"] = pivot is not None
        (pivot or table).replace(new)


def _aliases(table: exp.Table) -> set[str]:
    """The names of the FROM items in sight: those before this one, and those of the queries around."""
    found: set[str] = set()
    select = table.find_ancestor(exp.Select)
    while select is not None:
        origin = select.args.get("from_")
        items = [origin.this] if origin is not None else []
        items.extend(join.this for join in select.args.get("joins") or [])
        for each in items:
            if each is table:
                break
            columns = each.args["alias"].columns if isinstance(each, exp.Unnest) and each.args.get("alias") else []
            found |= {each.alias_or_name, *(column.name for column in columns)}
        select = select.find_ancestor(exp.Select)
    return found


def navigate(tree: exp.Expr, sources: Sources) -> None:
    """Each `c.o[0].name` as a call, each `c.orders AS o` of a FROM clause as a table of its own (kept in `sources`)."""
    for node in list(tree.find_all(exp.Unnest)):
        _enter(node, sources)
    roots = [node for node in tree.find_all(exp.Dot, exp.Bracket, exp.Column) if not _continued(node)]
    for node in roots:
        new = _path(node, sources)
        if new is not None and isinstance(node.parent, exp.Select) and node.arg_key == "expressions":
            new = exp.alias_(new, _last_name(node), quoted=True)
        if new is not None:
            node.replace(new)


def _last_name(node: exp.Expr) -> str:
    """What the column of a path is called: the attribute that it leads to."""
    while isinstance(node, exp.Bracket):
        node = node.this
    return str(node.expression.name if isinstance(node, exp.Dot) else node.name)


def _continued(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Dot | exp.Bracket) and node.arg_key == "this"


def _enter(node: exp.Unnest, sources: Sources) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/query-super.html#unnest: `AS value AT index`."""
    names = [each.name for each in node.args["alias"].columns] if node.args.get("alias") else []
    if not names or len(node.expressions) != 1:
        raise errors.unsupported("this form of unnesting")
    index = node.args["alias"].columns[0].meta.get("at")
    whole = bool(node.meta.get("object"))
    shape = {names[0]: ColumnType("super")}
    if index:
        shape[index] = ColumnType("varchar", length=MAX_LENGTH) if whole else ColumnType("int8")
    name = sources.enter(shape)
    if whole:
        sources.objects.add(name)
    alias = exp.TableAlias(this=exp.to_identifier(names[0], quoted=True))
    table = exp.Table(this=exp.to_identifier(name, quoted=True), alias=alias)
    node.replace(table)
    array = node.expressions[0].copy()
    holder = exp.Paren(this=array)
    holder.parent = table.parent  # the path is seen from where it stands
    sources.unnested[name] = _path(array, sources) or array


ELEMENT = "(element)"
"""Stands among the columns of a FROM item that is an element of an array: a path may go into it."""


def _visible(node: exp.Expr, sources: Sources) -> Iterator[tuple[str, Mapping[str, ColumnType | None]]]:
    """(alias, columns) of the FROM items that a node sees, the nearest SELECT's first."""
    select = node.find_ancestor(exp.Select)
    while select is not None:
        origin = select.args.get("from_")
        items = [origin.this] if origin is not None else []
        items.extend(join.this for join in select.args.get("joins") or [])
        for each in items:
            if isinstance(each, exp.Table):
                known: Mapping[str, ColumnType | None] = sources.columns.get(each.name, {})
                yield each.alias_or_name, {**known, ELEMENT: None} if each.name in sources.unnested else known
            elif isinstance(each, exp.Subquery):
                yield each.alias, dict.fromkeys((one.alias_or_name for one in each.selects), None)
        select = select.find_ancestor(exp.Select)


def _path(node: exp.Expr, sources: Sources) -> exp.Expr | None:
    """The call for a path; None for what is a column, or is no path at all."""
    steps: list[exp.Expr] = []
    while isinstance(node, exp.Dot | exp.Bracket):
        step = node.expression if isinstance(node, exp.Dot) else node.expressions[0]
        if isinstance(step, exp.Identifier):
            step = exp.Literal.string(step.name)
        steps.insert(0, step.copy())
        node = node.this
    if not isinstance(node, exp.Column):
        return exp.Anonymous(this=PATH_CALL, expressions=[node.copy(), *steps]) if steps else None
    names = [part.name for part in node.parts]
    found = _column(names, dict(reversed(list(_visible(node, sources)))))
    if found is None:
        return exp.Anonymous(this=PATH_CALL, expressions=[node.copy(), *steps]) if steps else None
    alias, column, rest = found
    steps = [*(exp.Literal.string(each) for each in rest), *steps]
    if not steps:
        return None
    return exp.Anonymous(this=PATH_CALL, expressions=[exp.column(column, alias, quoted=True), *steps])


def _column(names: list[str], aliases: Mapping[str, Mapping[str, object]]) -> tuple[str, str, list[str]] | None:
    """(alias, column, steps below it) for `schema.table.column.step`, of which only the column must be there."""
    if len(names) > 2 and names[0] not in aliases and names[1] in aliases:
        names = names[1:]
    first, rest = names[0], names[1:]
    if first in aliases and rest:
        known = aliases[first]
        if ELEMENT in known:
            return first, first, rest
        return first, rest[0], rest[1:]
    if rest:
        return next(((alias, first, rest) for alias, known in aliases.items() if first in known), None)
    return None


def place_unnested(tree: exp.Expr, sources: Sources) -> exp.Expr:
    """The tables of `navigate`, as DuckDB unnests: a scalar is one row, NULL none."""
    from local_aws.sql.redshift.rewrite import rewrite

    for table in list(tree.find_all(exp.Table)):
        path = sources.unnested.get(table.name)
        if path is None:
            continue
        value = rewrite(exp.Paren(this=path.copy()))
        names = list(sources.columns[table.name])
        if table.name in sources.objects:
            _place(table, _attributes(value, names))
            continue
        body = "CASE json_type(to_json(_1)) WHEN 'ARRAY' THEN from_json(to_json(_1), '[\"JSON\"]')"
        others = "WHEN 'NULL' THEN NULL ELSE CASE WHEN _1 IS NOT NULL THEN [to_json(_1)] END END"
        elements = fill(f"{body} {others}", [value])
        outputs = [exp.alias_(exp.Anonymous(this="unnest", expressions=[elements]), names[0], quoted=True)]
        if len(names) > 1:
            index = fill("generate_subscripts(_1, 1) - 1", [elements])
            outputs.append(exp.alias_(index, names[1], quoted=True))
        _place(table, exp.Select(expressions=outputs))
    return tree


def _place(table: exp.Table, query: exp.Expr) -> None:
    """A derived table that sees those before it; one that stands first sees only the queries around."""
    derived, alias = exp.Subquery(this=query), table.args["alias"].copy()
    if isinstance(table.parent, exp.From):
        derived.set("alias", alias)
        table.replace(derived)
    else:
        table.replace(exp.Lateral(this=derived, alias=alias))


def _attributes(value: exp.Expr, names: list[str]) -> exp.Expr:
    """A row for each attribute of an object; none for what is no object."""
    json = fill("CASE json_type(to_json(_1)) WHEN 'OBJECT' THEN to_json(_1) END", [value])
    keys = exp.Select(expressions=[exp.alias_(fill("unnest(json_keys(_1))", [json]), "k", quoted=True)])
    key = exp.column("k", quoted=True)
    found = fill("json_extract(_1, '$.\"' || _2 || '\"')", [json, key])
    outputs = [exp.alias_(found, names[0], quoted=True)]
    if len(names) > 1:
        outputs.append(exp.alias_(key.copy(), names[1], quoted=True))
    return exp.Select(
        expressions=outputs,
        from_=exp.From(this=exp.Subquery(this=keys, alias=exp.TableAlias(this=exp.to_identifier("keys")))),
    )
