"""MERGE in Redshift's form. https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html

The target has no alias, the source is a table (an external one too) and no query, and of each WHEN there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.assignment import assigned, stored
from local_aws.sql.redshift.catalog import Relation
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.typed import Typed, changed, quoted, typed

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session

REMOVE_DUPLICATES = "remove duplicates"


def merge(session: Session, tree: exp.Merge) -> Outcome:
    target, source = tree.this, tree.args["using"]
    if target.alias:
        raise errors.syntax(target.alias)
    if not isinstance(source, exp.Table):
        raise errors.syntax("(")
    relation = session.find_table(target, "MERGE")
    origin = session.scope.find(source)
    if isinstance(origin, Relation) and not origin.is_table:
        raise errors.error("MERGE: the source must be a table")
    matched, missing = _branches(tree.args["whens"].expressions)
    join = exp.Join(this=source.copy(), on=tree.args["on"].copy(), kind="INNER")
    if matched is None:
        return _remove_duplicates(session, relation, target, source, join)
    assert missing is not None
    updates = _updates(relation, matched)
    inserts = _inserts(relation, missing)
    found = typed(session, [*updates.values(), *inserts.values()], target, [join])
    _check_matches(session, relation, found, target.name)
    names = [*updates, *inserts]
    kinds = {each.name: each.type for each in relation.columns}
    ready = [assigned(v, type_of(v), kinds[n]) for n, v in zip(names, found.expressions, strict=True)]
    values = [each.sql(dialect="duckdb") for each in ready]
    pairs = zip(updates, values, strict=False)
    change = f"UPDATE SET {', '.join(f'{quoted([name])} = {value}' for name, value in pairs)}" if updates else "DELETE"
    return changed(
        session,
        f'MERGE INTO {relation.storage} AS "{target.name}" USING {found.joins[0].this.sql(dialect="duckdb")}'
        f" ON {found.joins[0].args['on'].sql(dialect='duckdb')} WHEN MATCHED THEN {change}"
        f" WHEN NOT MATCHED THEN INSERT ({quoted(inserts)}) VALUES ({', '.join(values[len(updates) :])})",
    )


def _branches(whens: list[exp.When]) -> tuple[exp.Expr | None, exp.Expr | None]:
    """What to do with matched rows (None: REMOVE DUPLICATES) and with others."""
    first = whens[0].args["then"]
    if isinstance(first, exp.Var) and first.name.lower() == REMOVE_DUPLICATES:
        return None, None
    matched = [each for each in whens if each.args.get("matched")]
    missing = [each for each in whens if not each.args.get("matched")]
    if len(matched) != 1 or len(missing) != 1 or any(each.args.get("condition") for each in whens):
        raise errors.error("MERGE needs one WHEN MATCHED and one WHEN NOT MATCHED clause, without conditions")
    if missing[0].args.get("source"):
        raise errors.syntax("SOURCE")
    return matched[0].args["then"], missing[0].args["then"]


def _updates(relation: Relation, then: exp.Expr) -> dict[str, exp.Expr]:
    """Column → new value; none for DELETE."""
    if not isinstance(then, exp.Update):
        return {}
    known = {each.name for each in relation.columns}
    for each in then.expressions:
        if each.this.table:
            raise errors.syntax(".")
        if each.this.name not in known:
            raise errors.error(f'column "{each.this.name}" of relation "{relation.name}" does not exist')
    return {each.this.name: each.expression for each in then.expressions}


def _inserts(relation: Relation, then: exp.Expr) -> dict[str, exp.Expr]:
    if not isinstance(then, exp.Insert):
        raise errors.syntax("THEN")
    known = [each.name for each in relation.columns]
    listed = list(then.this.expressions)
    if len(listed) == 1 and isinstance(listed[0], exp.Anonymous):  # VALUES (…) without columns reads as a call
        names, values = known, list(listed[0].expressions)
    else:
        names, values = [each.name for each in listed], list(then.expression.expressions)
    for name in names:
        if name not in known:
            raise errors.error(f'column "{name}" of relation "{relation.name}" does not exist')
    if len(values) > len(names):
        raise errors.error("INSERT has more expressions than target columns")
    return dict(zip(names, values, strict=False))


def _check_matches(session: Session, relation: Relation, found: Typed, name: str) -> None:
    """Two source rows for one target row are an error, as the documentation's usage notes say."""
    join = found.joins[0]
    rows = session.connection.execute(
        f'SELECT 1 FROM {relation.storage} AS "{name}" JOIN {join.this.sql(dialect="duckdb")}'
        f' ON {join.args["on"].sql(dialect="duckdb")} GROUP BY "{name}".rowid HAVING count(*) > 1 LIMIT 1'
    ).fetchall()
    if rows:
        raise errors.error("Found multiple matches to update the same tuple.")


def _remove_duplicates(
    session: Session, relation: Relation, target: exp.Table, source: exp.Table, join: exp.Join
) -> Outcome:
    """Matching rows of the target go, each distinct row of the source comes."""
    found = typed(session, [], target, [join])
    rows = session.prepare(exp.select("*").from_(source.copy()).distinct())
    names = [each.name for each in relation.columns]
    if len(rows.tree.selects) != len(names):
        raise errors.error("MERGE REMOVE DUPLICATES needs tables of the same columns")
    condition = found.joins[0].args["on"].sql(dialect="duckdb")
    using = found.joins[0].this.sql(dialect="duckdb")
    changed(session, f'DELETE FROM {relation.storage} AS "{target.name}" USING {using} WHERE {condition}')
    fitted = stored(relation, names, rows.sql, [each.type for each in rows.columns])
    return changed(session, f"INSERT INTO {relation.storage} ({quoted(names)}) {fitted}")
