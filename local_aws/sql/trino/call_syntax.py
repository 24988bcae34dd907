"""Calls with a syntax of their own: LISTAGG and SQL/JSON's. They become calls like others, with options.

Evidence: https://trino.io/docs/current/functions/aggregate.html#listagg and …/json.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType


def _call(parser: Any, name: str, args: list[exp.Expr], **options: object) -> exp.Expr:
    """A call with what its own syntax says beside the arguments, as `meta["options"]`."""
    made: exp.Expr = parser.expression(exp.Anonymous(this=name, expressions=args))
    made.meta["options"] = options
    return made


def _listagg(parser: Any) -> exp.Expr:
    """`LISTAGG([DISTINCT] x [, separator] [ON OVERFLOW …])`; WITHIN GROUP follows it."""
    distinct = parser._match(TokenType.DISTINCT)
    args = parser._parse_csv(parser._parse_assignment)
    if distinct:
        args = [exp.Distinct(expressions=[args[0]]), *args[1:]]
    overflow = "ERROR"
    if parser._match_text_seq("ON", "OVERFLOW") and not parser._match_text_seq("ERROR"):
        if not parser._match_text_seq("TRUNCATE"):
            parser.raise_error("Expecting: 'ERROR', 'TRUNCATE'")
        parser._parse_string()
        if not (parser._match_text_seq("WITHOUT", "COUNT") or parser._match_text_seq("WITH", "COUNT")):
            parser.raise_error("Expecting: 'WITH', 'WITHOUT'")
        overflow = "TRUNCATE"
    return _call(parser, "listagg", args, overflow=overflow)


def _json_query(parser: Any, name: str) -> exp.Expr:
    """`JSON_VALUE(document, path [RETURNING type] [… WRAPPER] [… QUOTES] [… ON EMPTY] [… ON ERROR])`."""
    args = [parser._parse_bitwise()]
    parser._match_text_seq("FORMAT", "JSON")
    if not parser._match(TokenType.COMMA):
        parser.raise_error("Expecting: ','")
    args.append(parser._parse_bitwise())
    options: dict[str, object] = {"passing": bool(parser._match_text_seq("PASSING"))}
    if options["passing"]:
        parser._parse_csv(parser._parse_expression)
    if parser._match_text_seq("RETURNING"):
        options["returning"] = parser._parse_types()
        parser._match_text_seq("FORMAT", "JSON")
    if name == "json_query":
        options["wrapper"] = _wrapper(parser)
        if parser._match_text_seq("KEEP") or parser._match_text_seq("OMIT"):
            options["quotes"] = parser._prev.text.upper()
            parser._match_text_seq("QUOTES")
            parser._match_text_seq("ON", "SCALAR", "STRING")
    while behaviour := _behaviour(parser):
        if not parser._match_text_seq("ON"):
            parser.raise_error("Expecting: 'ON'")
        if not (parser._match_text_seq("EMPTY") or parser._match_text_seq("ERROR")):
            parser.raise_error("Expecting: 'EMPTY', 'ERROR'")
        word, default = behaviour
        options[parser._prev.text.lower()] = word if default is None else len(args)
        args += [default] if default is not None else []
    return _call(parser, name, args, **options)


def _wrapper(parser: Any) -> str:
    if parser._match_text_seq("WITHOUT"):
        kind = "WITHOUT"
    elif parser._match_text_seq("WITH"):
        kind = "CONDITIONAL" if parser._match_text_seq("CONDITIONAL") else "UNCONDITIONAL"
        parser._match_text_seq("UNCONDITIONAL")
    else:
        return "WITHOUT"
    parser._match_text_seq("ARRAY")
    if not parser._match_text_seq("WRAPPER"):
        parser.raise_error("Expecting: 'WRAPPER'")
    return kind


def _behaviour(parser: Any) -> tuple[str, exp.Expr | None] | None:
    if parser._match_text_seq("DEFAULT"):
        return "DEFAULT", parser._parse_bitwise()
    if parser._match_text_seq("EMPTY"):
        parser._match_set((TokenType.ARRAY, TokenType.OBJECT))
        return f"EMPTY {parser._prev.text.upper()}", None
    for word in ("ERROR", "NULL", "TRUE", "FALSE", "UNKNOWN"):
        if parser._match_text_seq(word):
            return word, None
    return None


def _json_members(parser: Any, name: str) -> exp.Expr:
    """`JSON_OBJECT([KEY] key VALUE value | key : value, … [NULL | ABSENT ON NULL])`, `JSON_ARRAY(value, …)`."""
    args: list[exp.Expr] = []
    while parser._curr and parser._curr.text not in {")"} and not _null_handling(parser, args):
        if name == "json_object":
            parser._match_text_seq("KEY")
            args.append(parser._parse_primary() or parser._parse_id_var())
            if not (parser._match(TokenType.COLON) or parser._match_text_seq("VALUE")):
                parser.raise_error("Expecting: ':', 'VALUE'")
        args.append(parser._parse_bitwise())
        parser._match(TokenType.COMMA)
    last = args.pop() if args and isinstance(args[-1], exp.Var) else None
    return _call(parser, name, args, nulls=last.name if last is not None else "")


def _null_handling(parser: Any, args: list[exp.Expr]) -> bool:
    for word in ("NULL", "ABSENT"):
        if parser._match_text_seq(word, "ON", "NULL"):
            args.append(exp.var(word))
            return True
    return False


def _placed(parse: Callable[[Any], exp.Expr]) -> Callable[[Any], exp.Expr]:
    def at_its_name(parser: Any) -> exp.Expr:
        start = parser._tokens[parser._index - 2].start  # the name, then the parenthesis
        made = parse(parser)
        made.meta["start"] = start
        return made

    return at_its_name


PARSERS: dict[str, Callable[[Any], exp.Expr]] = {
    "LISTAGG": _placed(_listagg),
    **{each.upper(): _placed(partial(_json_query, name=each)) for each in ("json_value", "json_query", "json_exists")},
    **{each.upper(): _placed(partial(_json_members, name=each)) for each in ("json_object", "json_array")},
}
