"""Record format conversion: JSON records to Parquet or ORC files by the schema of a Glue table.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html; the deserializers:
https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-concepts.html
Deviates: `sequenceNumber` and `subSequenceNumber` of a record that could not be converted are null, for records of
Kinesis too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from local_aws.delivery import serializers, timestamps
from local_aws.delivery.errors import CONVERSION, RecordFailed
from local_aws.errors import AwsError, Unsupported
from local_aws.sql import types
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.lake import Lake

LATEST = "LATEST"
_DECODER = json.JSONDecoder(parse_float=Decimal)
_BOUNDS = {"tinyint": 7, "smallint": 15, "integer": 31, "bigint": 63}


@dataclass(frozen=True)
class Conversion:
    """One conversion: the columns of the table (partition keys are not among them) and how keys find theirs."""

    columns: tuple[tuple[str, Type], ...]
    mappings: Mapping[str, str]
    fold_case: bool
    dots: bool
    form: str
    options: Mapping[str, Any]
    table: Mapping[str, Any]
    formats: tuple[str, ...] = ()
    renewed: Callable[[], Conversion | None] = field(default=lambda: None, repr=False, compare=False)
    """This one by its table as it is now, None if nothing has changed or the table is gone."""

    @classmethod
    def of(cls, config: dict[str, Any], lake: Lake) -> Conversion:
        """:raises AwsError: `InvalidArgumentException` for a table that is not there."""
        schema = config.get("SchemaConfiguration", {})
        reading = config.get("InputFormatConfiguration", {}).get("Deserializer", {})
        writing = config.get("OutputFormatConfiguration", {}).get("Serializer", {})
        formats = tuple(reading.get("HiveJsonSerDe", {}).get("TimestampFormats", ()))
        timestamps.check(formats)
        if not schema or not reading or not writing:
            message = "SchemaConfiguration, InputFormatConfiguration and OutputFormatConfiguration are all required."
            raise AwsError("InvalidArgumentException", message)
        open_x = reading.get("OpenXJsonSerDe", {})
        if len(writing) != 1:
            raise AwsError("InvalidArgumentException", "Exactly one of ParquetSerDe and OrcSerDe is required.")
        form = "orc" if "OrcSerDe" in writing else "parquet"
        options = next(iter(writing.values()))
        serializers.check(options)
        columns, table = _schema(schema, lake)
        mappings = {name.lower(): key for name, key in open_x.get("ColumnToJsonKeyMappings", {}).items()}
        fold = open_x.get("CaseInsensitive", True)
        dots = open_x.get("ConvertDotsInJsonKeysToUnderscores", False)
        renewed = _renewed(config, lake) if table["versionId"] == LATEST else lambda: None
        return cls(columns, mappings, fold, dots, form, options, table, formats, renewed)

    def rows(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The rows of a record; one record may hold several documents. :raises RecordFailed: if one does not fit."""
        try:
            text, position = data.decode(), 0
            while text[position:].strip():
                position += len(text[position:]) - len(text[position:].lstrip())
                value, position = _DECODER.raw_decode(text, position)
                yield self._row(value)
        except (ValueError, InvalidOperation, OverflowError) as problem:
            unreadable = isinstance(problem, json.JSONDecodeError | UnicodeDecodeError)
            code = "DataFormatConversion." + ("ParseError" if unreadable else "MalformedData")
            details = {"sequenceNumber": None, "subSequenceNumber": None, "dataCatalogTable": dict(self.table)}
            raise RecordFailed(CONVERSION, code, f"{problem}", details) from problem

    def _row(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"Data is not JSON Object but {type(value).__name__}")
        if self.dots:
            value = {key.replace(".", "_"): each for key, each in value.items()}
        found = {key.lower(): each for key, each in value.items()} if self.fold_case else value
        row = {}
        for name, kind in self.columns:
            key = self.mappings.get(name)
            row[name] = _value(value.get(key) if key is not None else found.get(name), kind, name, self.formats)
        return row

    def file(self, records: list[bytes]) -> bytes:
        """The records, all of which fit, as one Parquet or ORC file."""
        import pyarrow as pa
        import pyarrow.orc as po
        import pyarrow.parquet as pq

        from local_aws.sql.arrow_types import to_arrow

        schema = pa.schema([pa.field(name, to_arrow(kind)) for name, kind in self.columns])
        rows = [row for each in records for row in self.rows(each)]
        sink = io.BytesIO()
        table = pa.Table.from_pylist(rows, schema=schema)
        if self.form == "orc":
            po.write_table(table, sink, **serializers.orc_options(self.options))
        else:
            pq.write_table(table, sink, **serializers.parquet_options(self.options, table.num_rows, table.nbytes))
        return sink.getvalue()


def _renewed(config: dict[str, Any], lake: Lake) -> Callable[[], Conversion | None]:
    """Asks for the conversion anew, where the table has changed since now.

    Evidence: https://docs.aws.amazon.com/firehose/latest/APIReference/API_SchemaConfiguration.html (`VersionId`: with
    LATEST, updates of the table are picked up). Deviates: what is gone or has become invalid is not picked up, the
    last schema that was right stays.
    """
    schema = config["SchemaConfiguration"]
    place = str(schema.get("DatabaseName")), str(schema.get("TableName"))
    edition = lake.catalog.edition(*place)

    def renewed() -> Conversion | None:
        try:
            return None if lake.catalog.edition(*place) == edition else Conversion.of(config, lake)
        except AwsError:
            return None

    return renewed


def _schema(schema: dict[str, Any], lake: Lake) -> tuple[tuple[tuple[str, Type], ...], dict[str, Any]]:
    database, name, version = schema.get("DatabaseName"), schema.get("TableName"), schema.get("VersionId", LATEST)
    if schema.get("CatalogId", lake.account_id) != lake.account_id:
        raise Unsupported(f"a schema in another account ({schema['CatalogId']}) for Firehose's format conversion")
    if schema.get("Region", lake.region) != lake.region:
        raise Unsupported(f"a schema in another region ({schema['Region']}) for Firehose's format conversion")
    try:
        shape = lake.catalog.table(str(database), str(name))
        if version != LATEST:
            shape = _version(lake.catalog.versions(str(database), str(name)), version)
        columns = shape["StorageDescriptor"].get("Columns", [])
        found = tuple((each["Name"].lower(), types.parse(each.get("Type", "string"))) for each in columns)
    except AwsError as problem:
        raise AwsError("InvalidArgumentException", f"Invalid SchemaConfiguration: {problem.message}") from problem
    except types.UnknownType as problem:
        raise AwsError("InvalidArgumentException", f"The schema is invalid: unknown type {problem}") from problem
    place = {"databaseName": database, "tableName": name, "region": lake.region, "versionId": version}
    return found, {"catalogId": lake.account_id, **place, "catalogArn": None}


def _version(versions: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    for each in versions:
        if str(each["VersionId"]) == wanted:
            return each
    raise AwsError("EntityNotFoundException", f"The table version {wanted} was not found.")


def _value(value: Any, kind: Type, name: str, formats: Sequence[str] = ()) -> Any:
    """A JSON value as the column's type. :raises ValueError: where it is none."""
    if value is None:
        return None
    if kind.name == "array":
        if not isinstance(value, list):
            raise ValueError(f"Data is not an array for the column {name}")
        return [_value(each, kind.args[0], name, formats) for each in value]
    if kind.name in {"row", "map"} and not isinstance(value, dict):
        raise ValueError(f"Data is not JSON Object for the column {name}")
    if kind.name == "row":
        folded = {key.lower(): each for key, each in value.items()}
        return {field: _value(folded.get(field.lower()), inner, name, formats) for field, inner in kind.fields}
    if kind.name == "map":
        key_kind, value_kind = kind.args
        pairs = value.items()
        return [(_value(key, key_kind, name, formats), _value(each, value_kind, name, formats)) for key, each in pairs]
    if kind.name == "timestamp" and formats:
        return timestamps.parse(value, formats)
    return _SCALARS.get(kind.name, _refused)(value, kind)


def _refused(value: Any, kind: Type) -> Any:
    raise ValueError(f"Type {kind.hive} is not supported")


def _integer(value: Any, kind: Type) -> int:
    if isinstance(value, bool) or (isinstance(value, Decimal) and value % 1):
        raise ValueError(f"{value} is not of type {kind.hive}")
    number, bound = int(value), 1 << _BOUNDS[kind.name]
    if not -bound <= number < bound:
        raise ValueError(f"{value} is out of the range of {kind.hive}")
    return number


def _float(value: Any, kind: Type) -> float:
    if isinstance(value, bool):
        raise ValueError(f"{value} is not of type {kind.hive}")
    return float(value)


def _decimal(value: Any, kind: Type) -> Decimal:
    precision, scale = kind.args
    found = Decimal(str(value)).quantize(Decimal(1).scaleb(-scale))
    if len(found.as_tuple().digits) > precision:
        raise ValueError(f"{value} is out of the range of {kind.hive}")
    return found


def _boolean(value: Any, kind: Type) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise ValueError(f"{value} is not of type boolean")


def _text(value: Any, kind: Type) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=float)


def _timestamp(value: Any, kind: Type) -> datetime:
    """`yyyy-MM-dd HH:mm:ss[.S]`, ISO 8601, or seconds or milliseconds since 1970."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    number = Decimal(str(value))
    seconds = number / 1000 if abs(number) >= 10**11 else number
    return datetime.fromtimestamp(float(seconds), UTC).replace(tzinfo=None)


_SCALARS: dict[str, Callable[[Any, Type], Any]] = {
    **dict.fromkeys(_BOUNDS, _integer),
    "real": _float,
    "double": _float,
    "decimal": _decimal,
    "boolean": _boolean,
    "varchar": _text,
    "char": _text,
    "date": lambda value, kind: date.fromisoformat(str(value)),
    "timestamp": _timestamp,
}
