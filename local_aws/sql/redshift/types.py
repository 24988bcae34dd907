"""Redshift's types: how DDL writes them, how DuckDB stores them, how catalogs and the Data API name them.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from local_aws.sql.redshift import errors

T = exp.DataType.Type
MAX_LENGTH = 65535

# internal name: (DuckDB's type, name in information_schema, bytes or digits that ColumnMetadata shows)
_NAMES: dict[str, tuple[str, str, int]] = {
    "int2": ("SMALLINT", "smallint", 5),
    "int4": ("INTEGER", "integer", 10),
    "int8": ("BIGINT", "bigint", 19),
    "numeric": ("DECIMAL", "numeric", 0),
    "float4": ("FLOAT", "real", 8),
    "float8": ("DOUBLE", "double precision", 17),
    "bool": ("BOOLEAN", "boolean", 1),
    "bpchar": ("VARCHAR", "character", 0),
    "varchar": ("VARCHAR", "character varying", 0),
    "date": ("DATE", "date", 13),
    "timestamp": ("TIMESTAMP", "timestamp without time zone", 29),
    "timestamptz": ("TIMESTAMPTZ", "timestamp with time zone", 35),
    "time": ("TIME", "time without time zone", 15),
    "timetz": ("TIME", "time with time zone", 21),  # in UTC
    "interval": ("INTERVAL", "interval", 49),
    "varbyte": ("BLOB", "binary varying", 0),
    "super": ("JSON", "super", 4194304),
}

_BY_TOKEN: dict[exp.DType, str] = {
    T.SMALLINT: "int2",
    T.TINYINT: "int2",
    T.INT: "int4",
    T.MEDIUMINT: "int4",
    T.BIGINT: "int8",
    T.DECIMAL: "numeric",
    T.FLOAT: "float4",
    T.DOUBLE: "float8",
    T.BOOLEAN: "bool",
    T.CHAR: "bpchar",
    T.NCHAR: "bpchar",
    T.BPCHAR: "bpchar",
    T.VARCHAR: "varchar",
    T.NVARCHAR: "varchar",
    T.TEXT: "varchar",
    T.DATE: "date",
    T.TIMESTAMP: "timestamp",
    T.TIMESTAMPNTZ: "timestamp",
    T.DATETIME: "timestamp",
    T.TIMESTAMPTZ: "timestamptz",
    T.TIMESTAMPLTZ: "timestamptz",
    T.TIME: "time",
    T.TIMETZ: "timetz",
    T.INTERVAL: "interval",
    T.VARBINARY: "varbyte",
    T.SUPER: "super",
    T.JSON: "super",
}


TYPE_NUMBERS = {
    "bool": 16,
    "int8": 20,
    "int2": 21,
    "int4": 23,
    "float4": 700,
    "float8": 701,
    "bpchar": 1042,
    "varchar": 1043,
    "date": 1082,
    "time": 1083,
    "timestamp": 1114,
    "timetz": 1266,
    "timestamptz": 1184,
    "interval": 1186,
    "numeric": 1700,
    "super": 4000,
    "varbyte": 6551,
}
"""PostgreSQL's numbers of types."""


def standard(name: str) -> str:
    """A type's name in information_schema, by its internal one."""
    return _NAMES[name][1]


@dataclass(frozen=True)
class ColumnType:
    """A type with its arguments: `length` of texts, `precision` and `scale` of numerics."""

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    @property
    def duckdb(self) -> str:
        stored = _NAMES[self.name][0]
        return f"DECIMAL({self.precision},{self.scale})" if self.name == "numeric" else stored

    @property
    def text(self) -> str:
        """As `format_type` and DDL print it: `character varying(20)`."""
        shown = _NAMES[self.name][1]
        if self.name == "numeric":
            return f"{shown}({self.precision},{self.scale})"
        return f"{shown}({self.length})" if self.length is not None else shown

    @property
    def standard(self) -> str:
        """As information_schema names it."""
        return _NAMES[self.name][1]

    @property
    def is_text(self) -> bool:
        return self.name in {"varchar", "bpchar"}

    @property
    def is_integer(self) -> bool:
        return self.name in {"int2", "int4", "int8"}

    @property
    def digits(self) -> int:
        """`precision` of the Data API's ColumnMetadata."""
        if self.name == "numeric":
            return self.precision or 0
        return self.length if self.length is not None else _NAMES[self.name][2]

    @property
    def expression(self) -> exp.DataType:
        """The type for sqlglot's annotator."""
        return _expression(self.text)


@lru_cache(maxsize=512)
def _expression(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="redshift")


def of(kind: exp.DataType) -> ColumnType:
    """The type that DDL or a cast names. :raises SqlError: for types that local_aws lacks."""
    name = _BY_TOKEN.get(kind.this)
    if name is None:
        raise errors.unsupported(f"the type {kind.sql('redshift').lower()}")
    arguments = [each.this for each in kind.expressions]
    if name == "numeric":
        return _numeric([int(each.name) for each in arguments])
    if name in {"varchar", "bpchar"}:
        return _text(name, kind.this, arguments)
    if name == "float4" and arguments and int(arguments[0].name) > 24:
        return ColumnType("float8")
    return ColumnType(name)


def _numeric(arguments: list[int]) -> ColumnType:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html: 18,0 unless told; at most 38,37."""
    precision, scale = [*arguments, *(18, 0)[len(arguments) :]][:2]
    if not 1 <= precision <= 38:
        raise errors.error(f"DECIMAL precision {precision} must be between 1 and 38")
    if not 0 <= scale <= precision:
        raise errors.error(f"DECIMAL scale {scale} must be between 0 and precision {precision}")
    return ColumnType("numeric", precision=precision, scale=scale)


def _text(name: str, token: exp.DType, arguments: list[exp.Expr]) -> ColumnType:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html: lengths are bytes; 256 and 1 if none."""
    most = 4096 if name == "bpchar" else MAX_LENGTH
    if not arguments:
        return ColumnType(name, length=1 if name == "bpchar" and token != T.BPCHAR else 256)
    length = most if arguments[0].name.upper() == "MAX" else int(arguments[0].name)
    if not 1 <= length <= most:
        raise errors.error(f"length for type {_NAMES[name][1]} cannot exceed {most}")
    return ColumnType(name, length=length)


def parse(text: str) -> ColumnType:
    """A type from its `text`."""
    return of(exp.DataType.build(text, dialect="redshift"))


def from_duckdb(kind: str) -> ColumnType:
    """The Redshift type of what DuckDB computed: its integers wider than 64 bits are NUMERIC here."""
    name = kind.upper()
    if name.startswith("DECIMAL"):
        precision, scale = name[8:-1].split(",")
        return ColumnType("numeric", precision=int(precision), scale=int(scale))
    direct = {"HUGEINT": "NUMERIC(38,0)", "UBIGINT": "NUMERIC(20,0)", "UINTEGER": "BIGINT", "USMALLINT": "INTEGER"}
    if name in direct:
        return parse(direct[name])
    plain = {stored: short for short, (stored, _, _) in reversed(_NAMES.items())}
    plain |= {
        "TINYINT": "int2",
        "TIMESTAMP WITH TIME ZONE": "timestamptz",
        "TIMESTAMP_NS": "timestamp",
        "NULL": "varchar",
    }
    plain |= {"TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", '"NULL"': "varchar", "UTINYINT": "int2"}
    plain |= {"VARCHAR": "varchar"}
    short = plain.get(name, "super" if name.endswith("]") or name.startswith(("STRUCT", "MAP")) else "")
    if not short:
        raise errors.unsupported(f"results of the type {kind}")
    return ColumnType(short, length=MAX_LENGTH if short in {"varchar", "varbyte"} else None)
