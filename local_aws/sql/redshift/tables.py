"""Table definitions: from CREATE TABLE's tree to declared columns, and from these to DuckDB's table.

Keys, uniqueness and references are not enforced, as on Redshift; NOT NULL and the length of texts are.
Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.sql.redshift import errors, types
from local_aws.sql.redshift.assignment import assigned
from local_aws.sql.redshift.catalog import Column, Relation

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session


def declared(properties: list[exp.Expr]) -> dict[str, Any]:
    """The attributes of the table as a whole."""
    found: dict[str, Any] = {}
    for each in properties:
        if isinstance(each, exp.DistStyleProperty):
            found["diststyle"] = each.this.name.upper()
        elif not isinstance(each, _KNOWN) and not _is_encode_auto(each):
            raise errors.unsupported(f"CREATE TABLE with {each.sql('redshift')}")
    return found


def _is_encode_auto(node: exp.Expr) -> bool:
    return isinstance(node, exp.Property) and node.name == "encode"


_KNOWN = (exp.DistKeyProperty, exp.SortKeyProperty, exp.TemporaryProperty, exp.DistStyleProperty, exp.BackupProperty)


def columns_of(session: Session, definitions: list[exp.Expr], properties: list[exp.Expr]) -> tuple[Column, ...]:
    """The declared columns; LIKE takes over another table's."""
    found: dict[str, Column] = {}
    required: set[str] = set()
    for each in definitions:
        if isinstance(each, exp.LikeProperty):
            new = _like(session, each)
        elif isinstance(each, exp.ColumnDef):
            new = [column_of(each)]
        else:
            required |= _primary_key(each)
            continue
        for column in new:
            if column.name in found:
                raise errors.error(f'column "{column.name}" specified more than once')
            found[column.name] = column
    sorting = next((each for each in properties if isinstance(each, exp.SortKeyProperty)), None)
    order = [each.name for each in sorting.this] if sorting is not None and isinstance(sorting.this, list) else []
    distribution = next((each.this.name for each in properties if isinstance(each, exp.DistKeyProperty)), "")
    for name in [*order, *([distribution] if distribution else []), *required]:
        if name not in found:
            raise errors.error(f'column "{name}" named in key does not exist')
    return tuple(
        replace(
            column,
            nullable=column.nullable and name not in required,
            sortkey=order.index(name) + 1 if name in order else column.sortkey,
            distkey=column.distkey or name == distribution,
        )
        for name, column in found.items()
    )


def _primary_key(node: exp.Expr) -> set[str]:
    """Columns of PRIMARY KEY, which are NOT NULL; UNIQUE and FOREIGN KEY only inform."""
    if isinstance(node, exp.Constraint):
        return set().union(*(_primary_key(each) for each in node.expressions))
    if isinstance(node, exp.PrimaryKey):
        return {each.name for each in node.expressions}
    if isinstance(node, exp.UniqueColumnConstraint | exp.ForeignKey):
        return set()
    raise errors.unsupported(f"the table constraint {node.sql('redshift')}")


def constraints_of(relation: Relation, definitions: list[exp.Expr]) -> Relation:
    """The relation with its keys, which inform and are shown; they are not enforced."""
    for each in definitions:
        if isinstance(each, exp.ColumnDef):
            for constraint in each.args.get("constraints") or []:
                relation = constrained(relation, constraint.kind, [each.name], constraint.name)
        elif not isinstance(each, exp.LikeProperty):
            inner = each.expressions[0] if isinstance(each, exp.Constraint) else each
            relation = constrained(relation, inner, [], each.name if isinstance(each, exp.Constraint) else "")
    return relation


def constrained(relation: Relation, node: exp.Expr, columns: list[str], name: str) -> Relation:
    """The relation with one more key, named as PostgreSQL names those without a name."""
    target: list[str] = []
    foreign: list[str] = []
    if isinstance(node, exp.PrimaryKey | exp.PrimaryKeyColumnConstraint):
        kind, ending = "PRIMARY KEY", "pkey"
        columns = [each.name for each in node.expressions] or columns
    elif isinstance(node, exp.UniqueColumnConstraint):
        kind, ending = "UNIQUE", "key"
        columns = [each.name for each in node.this.expressions] if node.this is not None else columns
    elif isinstance(node, exp.ForeignKey | exp.Reference):
        kind, ending = "FOREIGN KEY", "fkey"
        columns = [each.name for each in node.expressions] if isinstance(node, exp.ForeignKey) else columns
        place = (node.args["reference"] if isinstance(node, exp.ForeignKey) else node).this
        table = place.this if isinstance(place, exp.Schema) else place
        target = [table.db or "public", table.name]
        foreign = [each.name for each in place.expressions] if isinstance(place, exp.Schema) else []
    else:
        return relation
    known = {each.name for each in relation.columns}
    for each in columns:
        if each not in known:
            raise errors.error(f'column "{each}" named in key does not exist')
    held = list(relation.options.get("constraints", []))
    if kind == "PRIMARY KEY" and any(each["type"] == kind for each in held):
        raise errors.error(f'multiple primary keys for table "{relation.name}" are not allowed')
    middle = [] if kind == "PRIMARY KEY" else columns[:1]
    made = {"name": name or "_".join([relation.name, *middle, ending]), "type": kind, "columns": columns}
    if target:
        made |= {"references": target, "referenced": foreign}
    return replace(relation, options={**relation.options, "constraints": [*held, made]})


def _like(session: Session, node: exp.LikeProperty) -> list[Column]:
    source = session.find_table(node.this, "LIKE")
    defaults = any(each.name.upper() == "INCLUDING" for each in node.expressions)
    return [replace(each, identity=None, default=each.default if defaults else None) for each in source.columns]


def column_of(node: exp.ColumnDef) -> Column:
    """One column definition."""
    if node.args.get("kind") is None:
        raise errors.syntax(node.name)
    column = Column(node.name, types.of(node.args["kind"]))
    for constraint in node.args.get("constraints") or []:
        column = _constrained(column, constraint.kind)
    return column


def _constrained(column: Column, kind: exp.Expr) -> Column:
    if isinstance(kind, exp.NotNullColumnConstraint):
        return replace(column, nullable=bool(kind.args.get("allow_null")))
    if isinstance(kind, exp.PrimaryKeyColumnConstraint):
        return replace(column, nullable=False)
    if isinstance(kind, exp.DefaultColumnConstraint):
        return replace(column, default=kind.this.sql("redshift", normalize_functions=False))
    if isinstance(kind, exp.EncodeColumnConstraint):
        return replace(column, encoding=kind.this.name.lower())
    if isinstance(kind, exp.GeneratedAsIdentityColumnConstraint):
        seed, step = (int(kind.args[part].name) if kind.args.get(part) else 1 for part in ("start", "increment"))
        return replace(column, identity=(seed, step, not kind.this), nullable=False)
    if isinstance(kind, exp.Property):
        name = kind.this.name
        return replace(column, distkey=True) if name == "distkey" else replace(column, sortkey=1)
    if isinstance(kind, exp.UniqueColumnConstraint | exp.Reference):
        return column
    if isinstance(kind, exp.CollateColumnConstraint) and kind.this.name.lower() in {"case_sensitive", "cs"}:
        return column
    raise errors.unsupported(f"the column attribute {kind.sql('redshift')}")


def create_storage(session: Session, relation: Relation) -> Relation:
    """DuckDB's table for a declared one. The relation knows the sequences of its identities then."""
    if not relation.columns:
        raise errors.syntax(")")
    relation = replace(relation, columns=tuple(_numbered(session, relation, each) for each in relation.columns))
    temporary = "TEMP " if relation.kind == "TEMPORARY" else ""
    columns = ", ".join(_column_sql(session, relation, each) for each in relation.columns)
    session.connection.execute(f"CREATE {temporary}TABLE {relation.storage} ({columns})")
    return relation


def drop_storage(session: Session, relation: Relation) -> None:
    """The table and the sequences of its identities."""
    session.connection.execute(f"DROP TABLE {relation.storage}")
    for each in relation.columns:
        if each.sequence:
            session.connection.execute(f"DROP SEQUENCE {each.sequence}")


def _numbered(session: Session, relation: Relation, column: Column) -> Column:
    """An identity column with a sequence, named apart from the table, which may be renamed."""
    if not column.identity or column.sequence:
        return column
    temporary = relation.kind == "TEMPORARY"
    place = "temp.main" if temporary else f'"{relation.schema}"'
    name = f'{place}."identity_{session.lake.new_id()}"'
    seed, step, _ = column.identity
    bound = f"MINVALUE {seed}" if step > 0 else f"MAXVALUE {seed}"
    word = "TEMP " if temporary else ""
    session.connection.execute(f"CREATE {word}SEQUENCE {name} START {seed} INCREMENT {step} {bound}")
    return replace(column, sequence=name)


def _column_sql(session: Session, relation: Relation, column: Column) -> str:
    name = '"' + column.name.replace('"', '""') + '"'
    sql = f"{name} {column.type.duckdb}"
    if column.sequence:
        bare = column.sequence.replace('"', "")
        sql += f" DEFAULT nextval('{bare}')"
    elif column.default is not None:
        sql += f" DEFAULT ({_default_sql(session, column.default, column.type)})"
    if not column.nullable:
        sql += " NOT NULL"
    if column.type.name == "varchar":
        sql += f" CHECK (strlen({name}) <= {column.type.length})"
    elif column.type.name == "bpchar":
        sql += f" CHECK (bit_length({name}) <= {8 * (column.type.length or 1)}) CHECK (strlen({name}) = length({name}))"
    return sql


def _default_sql(session: Session, default: str, kind: types.ColumnType) -> str:
    """The default in DuckDB's terms; what time it is is asked at each INSERT."""
    from local_aws.sql.redshift import names, syntax
    from local_aws.sql.redshift.typed import typed

    node = names.fold(syntax.parse(f"SELECT {default}")[0]).selects[0].unalias()
    value = typed(session, [node]).expressions[0]
    if isinstance(value, exp.Literal) and value.is_string and not kind.is_text:
        value = assigned(value, types.ColumnType("varchar", length=types.MAX_LENGTH), kind)
    return str(value.sql(dialect="duckdb"))
