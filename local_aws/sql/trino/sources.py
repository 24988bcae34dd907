"""What stands in FROM: tables, views, subqueries, UNNEST, and the joins between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import operators, views
from local_aws.sql.trino.pushdown import Cte, Use, conjuncts
from local_aws.sql.trino.typed import Field, Relation, Scope, Typed, Version, View, coerce, common

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries, _Select


def from_clause(queries: Queries, node: exp.Select, select: _Select) -> str:
    """` FROM …` with all joins; the columns that they bring enter the SELECT's scope."""
    first = node.args.get("from_")
    if first is None:
        return ""
    relation = _item(queries, first.this, select)
    if node.args.get("sample") is not None:
        if node.args.get("joins") or node.args.get("laterals"):
            raise unsupported("TABLESAMPLE of VALUES in a join", queries.expressions.at(node))
        relation = _sampled(queries, relation, node.args["sample"])
    select.scope.fields = relation.fields
    sql = relation.sql
    for join in [*(node.args.get("laterals") or []), *(node.args.get("joins") or [])]:
        sql = _join(queries, join, select, sql)
    return f" FROM {sql}"


def _item(queries: Queries, node: exp.Expr, select: _Select) -> Relation:
    found = _whole_item(queries, node, select)
    sample = node.args.get("sample")
    return found if sample is None else _sampled(queries, found, sample)


def _sampled(queries: Queries, relation: Relation, sample: exp.Expr) -> Relation:
    """TABLESAMPLE: each row with the chance that is asked for. Deviates: so too for SYSTEM, which takes whole splits.

    Evidence: https://trino.io/docs/current/sql/select.html#tablesample
    """
    method, percent = sample.args.get("method"), sample.args.get("percent")
    share = queries.expressions.value(percent, Scope()) if percent is not None else None
    if method is None or method.name.upper() not in {"BERNOULLI", "SYSTEM"} or share is None or share.constant is None:
        raise unsupported(f"{sample.sql('trino')!r}", queries.expressions.at(sample))
    if not 0 <= float(share.constant) <= 100:
        message = "Sample percentage must be between 0 and 100, inclusive"
        raise QueryFailed("NUMERIC_VALUE_OUT_OF_RANGE", message, queries.expressions.at(sample))
    alias = relation.sql.rpartition(" AS ")[2]
    return replace(relation, sql=f"(SELECT * FROM {relation.sql} WHERE random() * 100 < {share.constant}) AS {alias}")


def _whole_item(queries: Queries, node: exp.Expr, select: _Select) -> Relation:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Values):
        values = node.this.copy()
        values.set("alias", node.args.get("alias"))
        found = _derived(queries, queries.values(values, None), values, select)
    elif isinstance(node, exp.Table):
        found = _table(queries, node, select)
    elif isinstance(node, exp.Subquery) and _is_joined(node.this):
        return _joined(queries, node, select)
    elif isinstance(node, exp.Subquery):
        found = _derived(queries, queries.relation_of(node.this, select.scope.parent), node, select)
    elif isinstance(node, exp.Values):
        found = _derived(queries, queries.values(node, None), node, select)
    elif isinstance(node, exp.Unnest):
        found = _unnest(queries, node, select.scope)
    elif isinstance(node, exp.Lateral):
        inner = node.this
        if isinstance(inner, exp.Unnest):
            found = _unnest(queries, inner, select.scope)
        elif isinstance(inner, exp.Subquery):
            found = _derived(queries, queries.relation_of(inner.this, select.scope), node, select)
            found = replace(found, sql=f"LATERAL {found.sql}")
        else:
            raise unsupported(f"{node.sql('trino')[:80]!r} in FROM", queries.expressions.at(node))
    else:
        raise unsupported(f"{node.sql('trino')[:80]!r} in FROM", queries.expressions.at(node))
    return found


def _is_joined(node: exp.Expr) -> bool:
    """Whether parentheses hold tables, rather than a query."""
    named = node.args.get("alias") is not None or bool(node.args.get("joins"))
    return isinstance(node, exp.Table) or (isinstance(node, exp.Subquery | exp.Values) and named)


def _joined(queries: Queries, node: exp.Subquery, select: _Select) -> Relation:
    """`(a JOIN b ON …)`: a relation whose columns keep the names of the tables inside."""
    if node.args.get("alias") is not None:
        return _derived(queries, queries.relation_of(node.this, select.scope.parent), node, select)
    own, inner = type(select)(Scope([], select.scope.parent)), node.this
    first = _item(queries, inner, own)
    own.scope.fields, sql = first.fields, first.sql
    for join in inner.args.get("joins") or []:
        sql = _join(queries, join, own, sql)
    fields = [each for each in own.scope.fields if not each.hidden]
    own.plan.outputs = {n: each.sql for n, each in enumerate(fields)}
    alias = queries.expressions.names.new("r")
    select.plan.add(alias, own.plan)
    listed = ", ".join(f"{each.sql} AS c{n}" for n, each in enumerate(fields))
    renamed = [replace(each, sql=f"{alias}.c{n}") for n, each in enumerate(fields)]
    return Relation(f"(SELECT {listed} FROM {sql}) AS {alias}", renamed)


def _derived(queries: Queries, relation: Relation, node: exp.Expr, select: _Select) -> Relation:
    alias = queries.expressions.names.new("r")
    label = (node.args["alias"].name if node.args.get("alias") is not None else "").lower()
    renamed = queries._renamed(relation, node, label)
    fields = [
        replace(each, name=each.name.lower(), sql=f"{alias}.c{n}", relation=label, path=())
        for n, each in enumerate(renamed.fields)
    ]
    if relation.node is not None:
        select.plan.add(alias, relation.node)
    return Relation(f"({relation.sql}) AS {alias}", fields)


def _table(queries: Queries, node: exp.Table, select: _Select) -> Relation:
    if not isinstance(node.this, exp.Identifier):
        function = node.this.name if isinstance(node.this, exp.Anonymous) else node.this.sql("trino")
        raise QueryFailed(
            "FUNCTION_NOT_FOUND", f"Table function '{function}' not registered", queries.expressions.at(node)
        )
    for clause in ("pivots", "hints", "when"):
        if node.args.get(clause):
            raise unsupported(f"{clause.upper()} of a table in FROM", queries.expressions.at(node))
    parts = [part.name.lower() for part in node.parts]
    version = _version(queries, node)
    cte = queries.ctes.get(parts[0]) if len(parts) == 1 and version is None else None
    alias = queries.expressions.names.new("r")
    label = node.alias.lower() or parts[-1]
    if cte is not None:
        fields = [
            replace(each, name=each.name.lower(), sql=f"{alias}.c{n}", relation=label)
            for n, each in enumerate(cte.fields)
        ]
        if isinstance(cte.node, Cte):
            select.plan.add(alias, Use(alias, cte.node))
        return queries._renamed(Relation(f"{cte.sql} AS {alias}", fields), node, label)
    found = queries.tables.find(parts, queries.database, queries.expressions.at(node), version)
    path = () if node.alias else found.path[:-1]
    if isinstance(found, View):
        relation = _derived(queries, views.expanded(queries, found), node, select)
        return replace(relation, fields=[replace(each, relation=label, path=path) for each in relation.fields])
    scan, mark = queries.pushdown.scan(alias, found)
    select.plan.add(alias, scan)
    made = [Field(name, kind, f'{alias}."{name}"', label, hidden, path) for name, kind, hidden in found.fields]
    visible = queries._renamed(Relation("", [each for each in made if not each.hidden]), node, label).fields
    return Relation(f"{mark} AS {alias}", [*visible, *(each for each in made if each.hidden)])


def _version(queries: Queries, node: exp.Table) -> Version | None:
    """`FOR TIMESTAMP AS OF x` and `FOR VERSION AS OF n` (a snapshot's number, a branch, a tag); both are
    constants, but may be computed.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-time-travel-and-version-travel-queries.html
    """
    clause = node.args.get("version")
    if clause is None:
        return None
    value, at = queries.expressions.value(clause.expression, Scope()), queries.expressions.at(node)
    if str(clause.this).upper() == "VERSION":
        if value.type.is_text:
            return Version(ref=queries.constant_text(value.sql))
        if not value.type.is_integer:
            raise QueryFailed("TYPE_MISMATCH", f"Unsupported type for table version: {value.type.trino}", at)
        return Version(snapshot_id=queries.constant(value.sql))
    if value.type.name not in {"date", "timestamp", "timestamp with time zone"}:
        raise QueryFailed("TYPE_MISMATCH", f"Unsupported type for temporal table version: {value.type.trino}", at)
    micros = queries.constant(f"epoch_us(CAST({value.sql} AS TIMESTAMPTZ))")
    return Version(as_of=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros))


def _unnest(queries: Queries, node: exp.Unnest, scope: Scope) -> Relation:
    """Arrays side by side, the shorter filled with NULLs; an array of rows gives a column a field, a map two.

    Where the alias names a single column, an array of rows gives the rows themselves, as Athena's pages use it.
    Evidence: https://docs.aws.amazon.com/athena/latest/ug/filtering-with-dot.html, and `label_items.name` in
    https://docs.aws.amazon.com/athena/latest/ug/query-examples-waf-logs.html
    """
    alias, columns = queries.expressions.names.new("r"), list[tuple[str, types.Type]]()
    lengths = []
    given, offset = node.args.get("alias"), node.args.get("offset")
    names = [each.name.lower() for each in given.columns] if given is not None else []
    rows_whole = len(names) == len(node.expressions)
    for each in node.expressions:
        value = queries.expressions.value(each, scope)
        if value.type.name == "map":
            columns += [
                (f"unnest(map_{part}({value.sql}))", value.type.args[n]) for n, part in enumerate(("keys", "values"))
            ]
            lengths.append(f"cardinality({value.sql})")
        elif value.type.name == "array" and value.type.element.name == "row" and not rows_whole:
            for n, (_, kind) in enumerate(value.type.element.fields, 1):
                columns.append((f"unnest(list_transform({value.sql}, lambda e: struct_extract_at(e, {n})))", kind))
            lengths.append(f"len({value.sql})")
        elif value.type.name == "array":
            columns.append((f"unnest({value.sql})", value.type.element))
            lengths.append(f"len({value.sql})")
        else:
            message = f"Cannot unnest type: {value.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, queries.expressions.at(each))
    if offset:
        longest = f"greatest({', '.join(f'coalesce({each}, 0)' for each in lengths)}, 0)"
        columns.append((f"unnest(generate_series(1, CAST({longest} AS BIGINT)))", types.BIGINT))
        if names and isinstance(offset, exp.Identifier) and len(names) < len(columns):
            names.append(offset.name.lower())
    if names and len(names) != len(columns):
        label = given.name if given is not None else "unnest"
        message = f"Column alias list has {len(names)} entries but '{label}' has {len(columns)} columns available"
        raise QueryFailed("MISMATCHED_COLUMN_ALIASES", message, queries.expressions.at(node))
    label = (given.name if given is not None else "").lower()
    listed = ", ".join(f"{sql} AS c{n}" for n, (sql, _) in enumerate(columns))
    fields = [
        Field(names[n] if names else f"_col{n}", kind, f"{alias}.c{n}", label) for n, (_, kind) in enumerate(columns)
    ]
    return Relation(f"LATERAL (SELECT {listed}) AS {alias}", fields)


def _join(queries: Queries, node: exp.Expr, select: _Select, left_sql: str) -> str:
    scope = select.scope
    join = node if isinstance(node, exp.Join) else exp.Join(this=node)
    if str(join.args.get("method") or "").upper() == "NATURAL":
        raise QueryFailed("NOT_SUPPORTED", "Natural join not supported", queries.expressions.at(join))
    if join.args.get("method"):
        raise unsupported(f"{join.args['method']} JOIN", queries.expressions.at(join))
    side, kind = (join.side or "").upper(), (join.kind or "").upper()
    if side not in {"", "LEFT", "RIGHT", "FULL"} or kind not in {"", "INNER", "OUTER", "CROSS"}:
        raise unsupported(f"{side} {kind} JOIN".strip(), queries.expressions.at(join))
    left, before, prunable = scope.fields, set(select.plan.items), set(select.plan.prunable)
    right = _item(queries, join.this, select)
    if side in {"RIGHT", "FULL"}:
        select.plan.prunable -= before
    if side in {"LEFT", "FULL"}:
        select.plan.prunable -= set(select.plan.items) - before
    scope.fields = [*left, *right.fields]
    using, on = join.args.get("using") or [], join.args.get("on")
    if using:
        return _using(queries, [each.name.lower() for each in using], side, scope, left, right, left_sql)
    if on is None:
        if side:
            raise QueryFailed("SYNTAX_ERROR", f"{side} JOIN has no condition", queries.expressions.at(join))
        return f"{left_sql} CROSS JOIN {right.sql}"
    written = [queries.expressions.condition(each, scope, "JOIN ON").sql for each in conjuncts(on)]
    # rows that fail ON are in no pair; an outer join keeps those of its own side all the same
    decided = set(select.plan.items) - before if side in {"", "LEFT"} else set[str]()
    decided |= prunable if side in {"", "RIGHT"} else set()
    for alias in decided:
        select.plan.joined.setdefault(alias, []).extend(written)
    return f"{left_sql} {side or 'INNER'} JOIN {right.sql} ON {' AND '.join(written)}"


def _using(
    queries: Queries, names: list[str], side: str, scope: Scope, left: list[Field], right: Relation, left_sql: str
) -> str:
    """JOIN … USING: the columns named once, in front; of a FULL join whichever side has them."""
    merged, tests = [], []
    for name in names:
        a = next((each for each in left if each.name == name), None)
        b = next((each for each in right.fields if each.name == name), None)
        kind = common(a.type, b.type) if a is not None and b is not None else None
        if a is None or b is None or kind is None:
            raise QueryFailed("COLUMN_NOT_FOUND", f"Column '{name}' is missing from one side of join")
        one, other = (coerce(Typed(each.sql, each.type), kind).sql for each in (a, b))
        test = operators.compare("=", Typed(a.sql, a.type), Typed(b.sql, b.type), None)
        tests.append(test.sql)
        chosen = {"RIGHT": other, "FULL": f"coalesce({one}, {other})"}.get(side, one)
        merged.append(Field(name, kind, chosen))
    rest = [each for each in [*left, *right.fields] if each.name not in names]
    scope.fields = [*merged, *rest]
    return f"{left_sql} {side or 'INNER'} JOIN {right.sql} ON {' AND '.join(tests)}"
