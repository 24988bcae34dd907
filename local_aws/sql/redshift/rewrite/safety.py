"""What users' SQL may hold: only what is known here reaches DuckDB, whose own functions read files and settings."""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors

_REFUSED: dict[type[exp.Expr], str] = {
    exp.Placeholder: "parameters without a name",
    exp.Parameter: "parameters other than :name",
    exp.SessionParameter: "session parameters",
    exp.Command: "this statement",
    exp.Lambda: "lambda functions",
    exp.Pivot: "PIVOT and UNPIVOT",
    exp.TableSample: "TABLESAMPLE",
    exp.Bracket: "navigation into SUPER values",
    exp.Dot: "navigation into SUPER values",
    exp.Glob: "GLOB",
    exp.Lock: "locking reads",
    exp.Lateral: "LATERAL",
    exp.JSONExtract: "the JSON operators",
    exp.JSONExtractScalar: "the JSON operators",
    exp.Into: "SELECT INTO",
    exp.Array: "ARRAY",
    exp.Struct: "records",
    exp.Map: "maps",
    exp.Connect: "CONNECT BY",
    exp.MatchRecognize: "MATCH_RECOGNIZE",
}
_NO_SYNTAX: dict[type[exp.Expr], str] = {exp.Sort: "sort", exp.Cluster: "cluster", exp.Distribute: "distribute"}
"""What sqlglot reads of other dialects, and would leave out: not in Redshift's grammar."""


def known_nodes_only(node: exp.Expr) -> exp.Expr:
    """Refuse by name what is not emulated; a function that sqlglot read by syntax of its own is refused too."""
    if isinstance(node, exp.Filter):
        raise errors.syntax("(")  # FILTER is not in Redshift's grammar
    if isinstance(node, exp.Distinct) and node.args.get("on") is not None:
        raise errors.error("SELECT DISTINCT ON is not supported")
    if isinstance(node, exp.LimitOptions) and (node.args.get("percent") or node.args.get("with_ties")):
        raise errors.syntax("percent" if node.args.get("percent") else "with")
    if type(node) in _NO_SYNTAX:
        raise errors.syntax(_NO_SYNTAX[type(node)])
    if isinstance(node, exp.Except | exp.Intersect) and not node.args.get("distinct"):
        raise errors.error(f"{type(node).__name__.upper()} ALL is not supported")  # r_UNION.html: UNION alone has ALL
    feature = _REFUSED.get(type(node))
    if feature is not None:
        raise errors.unsupported(feature)
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        raise errors.error(f"function {node.this.name.lower()}(…) cannot be used in FROM")
    if isinstance(node, exp.Func) and not isinstance(node, _SYNTAX):
        raise errors.error(f"function {node.sql_name().lower()}(…) does not exist")
    return node


_SYNTAX = (
    exp.Anonymous,
    exp.Cast,
    exp.Case,
    exp.Coalesce,  # made of USING
    exp.If,
    exp.Extract,
    exp.StrPosition,
    exp.Substring,
    exp.Trim,
    exp.Exists,
    exp.And,
    exp.Or,
    exp.Xor,
    exp.Any,
    exp.All,
    exp.Pow,
    exp.Sqrt,
    exp.Cbrt,
    exp.Abs,
    exp.RegexpLike,
    exp.RegexpILike,
    exp.Predicate,
    exp.GroupingSets,
    exp.Cube,
    exp.Rollup,
)
