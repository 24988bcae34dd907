"""SQL functions of users: kept in the catalog, put in place of their calls.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_FUNCTION.html and
https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-scalar-sql-udf.html: one SELECT of one expression,
without FROM; `$1` names an argument. Deviates: functions of one name differ by how many arguments they take, not by
their types. Python and Lambda functions are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from local_aws.sql.redshift import errors, functions, syntax, types
from local_aws.sql.redshift.catalog import UserFunction

if TYPE_CHECKING:
    from local_aws.sql.redshift.catalog import Catalog
    from local_aws.sql.redshift.reader import Reader

DEEPEST = 16


def create(catalog: Catalog, search_path: tuple[str, ...], reader: Reader, replace: bool) -> None:
    """:raises SqlError: for other languages, a body that is more than an expression, a name that is taken."""
    parts = reader.dotted()
    reader.need("(")
    arguments: list[str] = []
    while not reader.take(")"):
        arguments.append(_type(reader, {",", ")"}))
        reader.take(",")
    reader.need("RETURNS")
    returns = _type(reader, {"VOLATILE", "STABLE", "IMMUTABLE", "AS", ""})
    if not (reader.take("VOLATILE") or reader.take("STABLE") or reader.take("IMMUTABLE")):
        raise errors.syntax(reader.text or "end of statement")
    reader.need("AS")
    body = reader.value().strip().rstrip(";")
    reader.need("LANGUAGE")
    language = reader.name()
    if language != "sql":
        raise errors.unsupported(f"CREATE FUNCTION … LANGUAGE {language.upper()}")
    reader.end()
    schema = parts[-2] if len(parts) > 1 else search_path[0]
    if schema not in catalog.schemas():
        raise errors.error(f'schema "{schema}" does not exist')
    made = UserFunction(schema, parts[-1], tuple(arguments), returns, body)
    _check(made)
    if any(_key(each) == _key(made) for each in catalog.functions()) and not replace:
        known = next(each for each in catalog.functions() if _key(each) == _key(made))
        if known.arguments != made.arguments:
            raise errors.unsupported("functions of one name that differ in the types of their arguments alone")
        raise errors.error(f'function "{made.name}" already exists with same argument types')
    catalog.put_function(made)


def _key(function: UserFunction) -> tuple[str, str, int]:
    return function.schema, function.name, len(function.arguments)


def _type(reader: Reader, stops: set[str]) -> str:
    """The words of a type, as DDL prints it."""
    words, depth = "", 0
    while reader.text and (depth or reader.text.upper() not in stops):
        word = reader.value()
        depth += {"(": 1, ")": -1}.get(word, 0)
        words += word if word in "()," else f" {word}"
    try:
        return types.of(exp.DataType.build(words.strip(), dialect="redshift")).text
    except (SqlglotError, ValueError) as problem:
        raise errors.error(f'type "{words.strip()}" does not exist') from problem


def _check(made: UserFunction) -> None:
    if functions.find(made.name) is not None:
        raise errors.error(f'function "{made.name}" is built in')
    query = _query(made.body)
    for each in query.find_all(exp.Parameter):
        number = each.name
        if not number.isdigit() or not 1 <= int(number) <= len(made.arguments):
            raise errors.error(f"there is no parameter ${number}")
    if query.find(exp.Column) is not None:
        column = query.find(exp.Column)
        raise errors.error(f'column "{column.name if column else ""}" does not exist')


def _query(body: str) -> exp.Select:
    found = syntax.parse(body)
    select = found[0] if len(found) == 1 else None
    plain = isinstance(select, exp.Select) and len(select.selects) == 1 and select.args.get("from_") is None
    if not plain or select is None:
        raise errors.error("The body of a SQL function must be one SELECT of one expression, without FROM")
    assert isinstance(select, exp.Select)
    return select


def drop(catalog: Catalog, search_path: tuple[str, ...], table: exp.Table, count: int, exists: bool) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_FUNCTION.html: by name and number of arguments."""
    key = (table.db or search_path[0], table.name, count)
    found = next((each for each in catalog.functions() if _key(each) == key), None)
    if found is not None:
        catalog.drop_function(found)
    elif not exists:
        raise errors.error(f"function {table.name} does not exist")


def expand(tree: exp.Expr, catalog: Catalog, search_path: tuple[str, ...], depth: int = 0) -> exp.Expr:
    """The calls of users' functions replaced by their expressions."""
    if depth > DEEPEST:
        raise errors.error("stack depth limit exceeded")
    calls = [each for each in tree.find_all(exp.Anonymous) if functions.find(each.name) is None]
    if not calls:
        return tree
    known = {_key(each): each for each in catalog.functions()}
    for call in reversed(calls):  # inner calls first: their arguments move into the outer ones'
        schema = _schema_of(call)
        places = [schema] if schema else list(search_path)
        key = next((k for s in places if (k := (s, call.name.lower(), len(call.expressions))) in known), None)
        if key is None:
            continue
        node = call.parent if schema and isinstance(call.parent, exp.Dot) else call
        new = expand(exp.Paren(this=_inlined(known[key], call)), catalog, search_path, depth + 1)
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return tree


def _schema_of(call: exp.Anonymous) -> str:
    parent = call.parent
    return parent.this.name if isinstance(parent, exp.Dot) and parent.expression is call else ""


def _inlined(function: UserFunction, call: exp.Anonymous) -> exp.Expr:
    """The function's expression over the call's arguments, each as the declared type."""
    from local_aws.sql.redshift.names import fold

    expression = fold(_query(function.body)).selects[0].unalias().copy()
    holder = exp.Paren(this=expression)
    for each in list(holder.find_all(exp.Parameter)):
        position = int(re.sub(r"\D", "", each.name)) - 1
        each.replace(_as(call.expressions[position].copy(), function.arguments[position]))
    return _as(holder.this, function.returns)


def _as(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=exp.Paren(this=node), to=exp.DataType.build(kind, dialect="redshift"))
