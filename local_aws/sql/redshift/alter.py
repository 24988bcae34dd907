"""ALTER TABLE. https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html

A change of columns makes the table anew within the transaction: its checks belong to the columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, external, types
from local_aws.sql.redshift.catalog import Column, ExternalSchema, Relation
from local_aws.sql.redshift.tables import column_of, create_storage
from local_aws.sql.redshift.typed import quoted

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def alter(session: Session, tree: exp.Expr) -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    if not isinstance(tree, exp.Alter) or str(tree.args.get("kind")).upper() not in {"TABLE", "VIEW"}:
        raise errors.unsupported(f"{tree.key.upper()} {tree.args.get('kind', '')}".strip())
    schema = session.scope.find(tree.this)
    if isinstance(schema, ExternalSchema):
        external.alter(session, schema, tree)
        return Outcome()
    relation = session.find_table(tree.this, "ALTER")
    for action in tree.args["actions"]:
        relation = _applied(session, relation, action)
    return Outcome()


def _applied(session: Session, relation: Relation, action: exp.Expr) -> Relation:
    if isinstance(action, exp.ColumnDef):
        return _added(session, relation, action)
    if isinstance(action, exp.Drop):
        gone = _known(relation, action.args["tables"][0].name)
        return _rebuilt(session, relation, [each for each in relation.columns if each != gone])
    if isinstance(action, exp.AlterRename):
        return _renamed(session, relation, action.this.name)
    if isinstance(action, exp.RenameColumn):
        return _column_renamed(session, relation, action.this.name, action.args["to"].name)
    if isinstance(action, exp.AlterColumn) and action.args.get("dtype"):
        old = _known(relation, action.this.name)
        kind = types.of(action.args["dtype"])
        if not (old.type.is_text and kind.is_text):
            raise errors.error(f'ALTER COLUMN TYPE: column "{old.name}" must be a VARCHAR column')
        return _rebuilt(session, relation, [replace(e, type=kind) if e == old else e for e in relation.columns])
    if isinstance(action, exp.AlterSortKey | exp.AlterDistStyle):
        return relation  # how rows lie is the engine's own business here
    raise errors.unsupported(f"ALTER TABLE … {action.sql('redshift')}")


def encode(session: Session, relation: Relation, name: str, encoding: str) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html: how a column is compressed; shown only."""
    old = _known(relation, name)
    columns = tuple(replace(each, encoding=encoding) if each == old else each for each in relation.columns)
    changed = replace(relation, columns=columns)
    if relation.kind == "TEMPORARY":
        session.temporary[relation.name] = changed
    else:
        session.catalog.put(changed)


def _known(relation: Relation, name: str) -> Column:
    found = next((each for each in relation.columns if each.name == name), None)
    if found is None:
        raise errors.error(f'column "{name}" of relation "{relation.name}" does not exist')
    return found


def _added(session: Session, relation: Relation, action: exp.ColumnDef) -> Relation:
    column = column_of(action)
    if any(each.name == column.name for each in relation.columns):
        raise errors.error(f'column "{column.name}" of relation "{relation.name}" already exists')
    if not column.nullable and column.default is None:
        raise errors.error("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    return _rebuilt(session, relation, [*relation.columns, column])


def _rebuilt(session: Session, relation: Relation, columns: list[Column]) -> Relation:
    """The table with other columns; those that stay keep their values."""
    if relation.kind == "TEMPORARY" or any(each.identity for each in relation.columns):
        raise errors.unsupported("ALTER TABLE on temporary tables and tables with an IDENTITY column")
    new = replace(relation, name=f"{relation.name} (altered)", columns=tuple(columns))
    kept = quoted(each.name for each in columns if each.name in {old.name for old in relation.columns})
    create_storage(session, new)
    session.connection.execute(f"INSERT INTO {new.storage} ({kept}) SELECT {kept} FROM {relation.storage}")
    session.connection.execute(f"DROP TABLE {relation.storage}")
    session.connection.execute(f'ALTER TABLE {new.storage} RENAME TO "{relation.name}"')
    changed = replace(new, name=relation.name)
    session.catalog.put(changed)
    return changed


def _renamed(session: Session, relation: Relation, name: str) -> Relation:
    if session.catalog.relation(relation.schema, name) is not None:
        raise errors.error(f'Relation "{name}" already exists')
    session.connection.execute(f'ALTER TABLE {relation.storage} RENAME TO "{name}"')
    session.catalog.rename(relation, name)
    return replace(relation, name=name)


def _column_renamed(session: Session, relation: Relation, old: str, name: str) -> Relation:
    found = _known(relation, old)
    if any(each.name == name for each in relation.columns):
        raise errors.error(f'column "{name}" of relation "{relation.name}" already exists')
    columns = tuple(replace(each, name=name) if each == found else each for each in relation.columns)
    new = replace(relation, name=f"{relation.name} (altered)", columns=columns)
    create_storage(session, new)
    session.connection.execute(f"INSERT INTO {new.storage} SELECT * FROM {relation.storage}")
    session.connection.execute(f"DROP TABLE {relation.storage}")
    session.connection.execute(f'ALTER TABLE {new.storage} RENAME TO "{relation.name}"')
    changed = replace(new, name=relation.name)
    session.catalog.put(changed)
    return changed
