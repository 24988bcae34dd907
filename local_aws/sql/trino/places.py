"""Where in a statement's text something stands, for the `line:column` of a failure."""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.trino import dialect
from local_aws.sql.trino.typed import At


def start(written: str, node: exp.Expr) -> At:
    """Where a node begins in the statement, as far as its names tell."""
    starts = [each.meta["start"] for each in node.find_all(exp.Identifier, exp.Anonymous) if "start" in each.meta]
    starts = starts or [each.meta["start"] for each in node.find_all(exp.Literal) if "start" in each.meta]
    return dialect.position(written, min(starts)) if starts and written else None


def keyword(written: str, node: exp.Expr) -> At:
    """Where the word stands that a literal follows: `DATE '…'`, `INTERVAL '…'`."""
    literal = node.find(exp.Literal)
    if literal is None or "start" not in literal.meta or not written:
        return None
    words = [each.start for each in dialect.AthenaQuery().tokenize(written[: literal.meta["start"]])]
    return dialect.position(written, words[-1]) if words else None


def operator(written: str, node: exp.Expr, *symbols: str) -> At:
    """Where the operator between two sides stands, as far as their names and literals tell."""
    known = (exp.Identifier, exp.Anonymous, exp.Literal)
    ends = [each.meta["end"] for each in node.this.find_all(*known) if "end" in each.meta]
    ends += [each.meta["start"] for each in node.this.find_all(*known) if "start" in each.meta]
    if not ends or not written:
        return start(written, node)
    after = (token for token in dialect.AthenaQuery().tokenize(written) if token.start > max(ends))
    found = next((token.start for token in after if token.text in symbols), None)
    return start(written, node) if found is None else dialect.position(written, found)
