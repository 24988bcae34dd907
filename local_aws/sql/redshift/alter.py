"""ALTER TABLE. https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html

A change of columns makes the table anew within the transaction: its checks belong to the columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, external, types
from local_aws.sql.redshift.catalog import Column, ExternalSchema, Relation
from local_aws.sql.redshift.dependents import Dependents
from local_aws.sql.redshift.tables import column_of, constrained, create_storage
from local_aws.sql.redshift.typed import quoted

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def alter(session: Session, tree: exp.Expr) -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    if not isinstance(tree, exp.Alter) or str(tree.args.get("kind")).upper() not in {"TABLE", "VIEW"}:
        raise errors.unsupported(f"{tree.key.upper()} {tree.args.get('kind', '')}".strip())
    found = session.scope.find(tree.this)
    if isinstance(found, ExternalSchema):
        external.alter(session, found, tree)
        return Outcome()
    actions = tree.args["actions"]
    renamed = len(actions) == 1 and isinstance(actions[0], exp.AlterRename)
    relation = found if renamed else session.find_table(tree.this, "ALTER")
    for action in actions:
        relation = _applied(session, relation, action)
    return Outcome()


def enter(session: Session, relation: Relation) -> None:
    """Declare a relation, a temporary one in its session alone."""
    if relation.kind == "TEMPORARY":
        session.temporary[relation.name] = relation
    else:
        session.catalog.put(relation)


def _applied(session: Session, relation: Relation, action: exp.Expr) -> Relation:
    if isinstance(action, exp.ColumnDef):
        return _added(session, relation, action)
    if isinstance(action, exp.Drop):
        return _dropped(session, relation, action)
    if isinstance(action, exp.AddConstraint):
        return _keyed(session, relation, action)
    if isinstance(action, exp.AlterRename):
        return _renamed(session, relation, action.this.name)
    if isinstance(action, exp.RenameColumn):
        return _column_renamed(session, relation, action.this.name, action.args["to"].name)
    if isinstance(action, exp.AlterColumn) and action.args.get("dtype"):
        return _retyped(session, relation, action)
    if isinstance(action, exp.AlterSortKey | exp.AlterDistStyle):
        return relation  # how rows lie is the engine's own business here
    raise errors.unsupported(f"ALTER TABLE … {action.sql('redshift')}")


def _dropped(session: Session, relation: Relation, action: exp.Drop) -> Relation:
    name = action.args["tables"][0].name
    if str(action.args.get("kind")).upper() != "CONSTRAINT":
        gone = _known(relation, name)
        Dependents(session).check(relation, bool(action.args.get("cascade")), column=gone.name)
        return _rebuilt(session, relation, [each for each in relation.columns if each != gone])
    held = relation.options.get("constraints", [])
    if not any(each["name"] == name for each in held):
        raise errors.error(f'constraint "{name}" does not exist')
    kept = [each for each in held if each["name"] != name]
    changed = replace(relation, options={**relation.options, "constraints": kept})
    enter(session, changed)
    return changed


def _keyed(session: Session, relation: Relation, action: exp.AddConstraint) -> Relation:
    """Keys are not enforced; those of a PRIMARY KEY have to be NOT NULL already."""
    for each in action.expressions:
        name = each.name if isinstance(each, exp.Constraint) else ""
        inner = each.expressions[0] if isinstance(each, exp.Constraint) else each
        relation = constrained(relation, inner, [], name)
        if isinstance(inner, exp.PrimaryKey):
            for column in inner.expressions:
                if _known(relation, column.name).nullable:
                    raise errors.error(f'column "{column.name}" is nullable; a PRIMARY KEY needs NOT NULL columns')
    enter(session, relation)
    return relation


def _retyped(session: Session, relation: Relation, action: exp.AlterColumn) -> Relation:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html (ALTER COLUMN … TYPE): VARCHAR alone."""
    old, kind = _known(relation, action.this.name), types.of(action.args["dtype"])
    if old.type.name != "varchar" or kind.name != "varchar":
        raise errors.error(f'ALTER COLUMN TYPE: column "{old.name}" must be a VARCHAR column')
    if old.default is not None:
        raise errors.error(f'cannot alter type of column "{old.name}" with a default value')
    [[longest]] = session.connection.execute(
        f"SELECT coalesce(max(strlen({quoted([old.name])})), 0) FROM {relation.storage}"
    ).fetchall()
    if longest > (kind.length or 0):
        raise errors.error(
            f"target column size {kind.length} ({old.name}) is smaller than current maximum column data size {longest}"
        )
    return _rebuilt(session, relation, [replace(e, type=kind) if e == old else e for e in relation.columns])


def encode(session: Session, relation: Relation, name: str, encoding: str) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html: how a column is compressed; shown only."""
    old = _known(relation, name)
    columns = tuple(replace(each, encoding=encoding) if each == old else each for each in relation.columns)
    enter(session, replace(relation, columns=columns))


def append(session: Session, target: Relation, source: Relation, option: str) -> int:
    """Move all rows. https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_APPEND.html

    :param option: `IGNOREEXTRA` lets the source have more columns, `FILLTARGET` the target.
    :returns: how many rows were moved.
    """
    if session.batched:
        raise errors.error("ALTER TABLE APPEND cannot run inside a transaction block")
    if (source.schema, source.name) == (target.schema, target.name):
        raise errors.error("ALTER TABLE APPEND: source and target are the same table")
    theirs = {each.name: each for each in source.columns}
    shared = [each for each in target.columns if each.name in theirs]
    if any(each.type != theirs[each.name].type for each in shared):
        raise errors.error("ALTER TABLE APPEND: columns of one name must have one type")
    if len(shared) < len(theirs) and option != "IGNOREEXTRA":
        raise errors.error(f'ALTER TABLE APPEND: "{source.name}" has columns that "{target.name}" has not')
    if len(shared) < len(target.columns) and option != "FILLTARGET":
        raise errors.error(f'ALTER TABLE APPEND: "{target.name}" has columns that "{source.name}" has not')
    names = quoted(each.name for each in shared)
    moved = session.connection.execute(
        f"INSERT INTO {target.storage} ({names}) SELECT {names} FROM {source.storage}"
    ).fetchall()
    session.connection.execute(f"DELETE FROM {source.storage}")
    return int(moved[0][0])


def _known(relation: Relation, name: str) -> Column:
    found = next((each for each in relation.columns if each.name == name), None)
    if found is None:
        raise errors.error(f'column "{name}" of relation "{relation.name}" does not exist')
    return found


def _added(session: Session, relation: Relation, action: exp.ColumnDef) -> Relation:
    column = column_of(action)
    if any(each.name == column.name for each in relation.columns):
        raise errors.error(f'column "{column.name}" of relation "{relation.name}" already exists')
    if column.identity:
        raise errors.error("ALTER TABLE ADD COLUMN does not support IDENTITY columns")
    if not column.nullable and column.default is None:
        raise errors.error("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    return _rebuilt(session, relation, [*relation.columns, column])


def _rebuilt(session: Session, relation: Relation, columns: list[Column]) -> Relation:
    """The table with other columns; those that stay keep their values, and the sequences of their identities."""
    stays = {each.name for each in columns} & {each.name for each in relation.columns}
    if not stays:
        raise errors.error(f'cannot drop the only column of relation "{relation.name}"')
    new = create_storage(session, replace(relation, name=f"{relation.name} (altered)", columns=tuple(columns)))
    kept = quoted(each.name for each in columns if each.name in stays)
    session.connection.execute(f"INSERT INTO {new.storage} ({kept}) SELECT {kept} FROM {relation.storage}")
    return _replaced(session, relation, new)


def _replaced(session: Session, old: Relation, new: Relation) -> Relation:
    session.connection.execute(f"DROP TABLE {old.storage}")
    session.connection.execute(f'ALTER TABLE {new.storage} RENAME TO "{old.name}"')
    changed = replace(new, name=old.name)
    for each in old.columns:
        if each.sequence and each.sequence not in {column.sequence for column in changed.columns}:
            session.connection.execute(f"DROP SEQUENCE {each.sequence}")
    enter(session, changed)
    return changed


def _renamed(session: Session, relation: Relation, name: str) -> Relation:
    """Views that are bound to the relation go on reading it, and what was granted on it stays granted."""
    if relation.kind == "TEMPORARY":
        taken = name in session.temporary
    else:
        taken = session.catalog.relation(relation.schema, name) is not None
    if taken:
        raise errors.error(f'Relation "{name}" already exists')
    if relation.kind != "VIEW":
        session.connection.execute(f'ALTER TABLE {relation.storage} RENAME TO "{name}"')
    new = replace(relation, name=name)
    if relation.kind == "TEMPORARY":
        del session.temporary[relation.name]
        session.temporary[name] = new
        return new
    session.catalog.rename(relation, name)
    Dependents(session).renamed(relation, new)
    return new


def _column_renamed(session: Session, relation: Relation, old: str, name: str) -> Relation:
    found = _known(relation, old)
    if any(each.name == name for each in relation.columns):
        raise errors.error(f'column "{name}" of relation "{relation.name}" already exists')
    Dependents(session).check(relation, False, column=old)
    columns = tuple(replace(each, name=name) if each == found else each for each in relation.columns)
    new = create_storage(session, replace(relation, name=f"{relation.name} (altered)", columns=columns))
    session.connection.execute(f"INSERT INTO {new.storage} SELECT * FROM {relation.storage}")
    return _replaced(session, relation, new)
