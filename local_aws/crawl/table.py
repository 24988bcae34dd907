"""From a group of files to the catalog's shapes: columns, SerDe, parameters, partitions.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/table-properties-crawler.html (parameters) and
https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html (SerDe of CSV).

Deviates: that page says that the built-in CSV classifier references LazySimpleSerDe even for data with quoted strings,
which splits `"TEA,COFFEE,SUGAR"` at its commas and shifts every later column, and asks the owner to edit the table
afterwards: SerDe OpenCSVSerDe, types STRING. Here a crawl that meets quoted values leaves the edited table at once.
A custom classifier decides for itself, as https://docs.aws.amazon.com/glue/latest/webapi/API_CsvClassifier.html has
it: its `Serde` is taken as given, and `None` is this detection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local_aws.crawl.files import FileSchema
from local_aws.crawl.group import FoundFile, Group, Leaf, partition_keys, partition_values
from local_aws.crawl.types import HiveType, merge, merge_fields, render

Shape = dict[str, Any]
Columns = dict[str, HiveType]

_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
_IO = "org.apache.hadoop.hive.ql.io"
_COLUMNAR: dict[str, tuple[str, str, str, dict[str, str]]] = {
    # classification: input format, output format, SerDe and its parameters
    "parquet": (
        f"{_IO}.parquet.MapredParquetInputFormat",
        f"{_IO}.parquet.MapredParquetOutputFormat",
        f"{_IO}.parquet.serde.ParquetHiveSerDe",
        {"serialization.format": "1"},
    ),
    "avro": (
        f"{_IO}.avro.AvroContainerInputFormat",
        f"{_IO}.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        {"serialization.format": "1"},
    ),
    "orc": (f"{_IO}.orc.OrcInputFormat", f"{_IO}.orc.OrcOutputFormat", f"{_IO}.orc.OrcSerde", {}),
}

STATISTICS = ("averageRecordSize", "objectCount", "recordCount", "sizeKey")


@dataclass(frozen=True)
class PartitionDraft:
    """:param folder: where it lies, as `bucket/folder/…`."""

    values: list[str]
    folder: str
    partition_input: Shape


@dataclass(frozen=True)
class TableDraft:
    """A table as this crawl alone would write it; `plan` settles it with what the catalog has."""

    base_name: str
    location: str
    table_input: Shape
    partitions: list[PartitionDraft]


def draft(found: Group, crawler: str, exclusions: list[str]) -> TableDraft:
    """The catalog's shapes for a group of files."""
    files = [file for leaf in found.leaves for file in leaf.files]
    schemas = [schema for _, schema in files if schema.known]
    columns = _columns(schemas)
    keys = partition_keys(found, columns)
    form = _Form(schemas, crawler, exclusions)
    location = _location(found.root) if not found.single else f"s3://{'/'.join(found.root)}"
    table_input = {
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": name, "Type": "string"} for name, _ in keys],
        **form.described(location, columns, files),
    }
    partitions = [_partition(found, leaf, keys, form, columns) for leaf in found.leaves] if keys else []
    return TableDraft(found.root[-1], location, table_input, partitions)


def _location(root: tuple[str, ...]) -> str:
    return f"s3://{'/'.join(root)}/"


def _partition(
    found: Group, leaf: Leaf, keys: list[tuple[str, bool]], form: _Form, table_columns: Columns
) -> PartitionDraft:
    own = [schema for _, schema in leaf.files if schema.known]
    # CSV goes by position: every partition is read with the columns of the table.
    columns = table_columns if form.csv or not own else _columns(own)
    root = (*found.root, *leaf.parts)
    values = partition_values(leaf, keys)
    described = form.described(_location(root), columns, leaf.files)
    return PartitionDraft(values, "/".join(root), {"Values": values, **described})


def _columns(schemas: list[FileSchema]) -> Columns:
    if schemas[0].classification == "csv":
        return _columns_by_position(schemas)
    columns: Columns = {}
    for schema in schemas:
        if schema.columns != columns:
            columns = merge_fields(columns, schema.columns)
    return columns


def _columns_by_position(schemas: list[FileSchema]) -> Columns:
    """The columns that most files have, widened by those files that agree with them as far as both go."""
    names = Counter(tuple(schema.columns) for schema in schemas).most_common(1)[0][0]
    found: Columns = dict.fromkeys(names, "null")
    for schema in schemas:
        own = tuple(schema.columns)
        if all(left == right for left, right in zip(own, found, strict=False)):
            found = {**found, **{name: merge(found.get(name, "null"), each) for name, each in schema.columns.items()}}
    return found


class _Form:
    """What table and partitions have in common: format, SerDe, parameters."""

    def __init__(self, schemas: list[FileSchema], crawler: str, exclusions: list[str]) -> None:
        first = schemas[0]
        self.csv = first.classification == "csv"
        self._columnar = _COLUMNAR.get(first.classification)
        self._compressed = first.compression != "none"
        self._parameters = {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": crawler,
            "classification": first.classification,
            "compressionType": first.compression,
            "typeOfData": "file",
        }
        if exclusions:
            self._parameters["exclusions"] = "[" + ",".join(f'"{each}"' for each in exclusions) + "]"
        self._library, self._serde = self._serde_of(schemas)
        if self.csv:
            self._parameters |= self._csv_parameters(schemas)

    def _serde_of(self, schemas: list[FileSchema]) -> tuple[str, dict[str, str]]:
        if self._columnar:
            literal = schemas[0].option("schema")
            return self._columnar[2], {**self._columnar[3], **({"avro.schema.literal": literal} if literal else {})}
        if not self.csv:
            return JSON_SERDE, {"paths": ",".join(sorted({path for schema in schemas for path in schema.paths}))}
        delimiter, chosen = schemas[0].option("delimiter") or ",", schemas[0].option("serde")
        quoted = any(schema.option("quoted") == "1" for schema in schemas)
        if chosen == "OpenCSVSerDe" or (chosen == "None" and quoted):
            return OPEN_CSV, {"quoteChar": schemas[0].option("quote") or '"', "separatorChar": delimiter}
        return LAZY_SIMPLE, {"field.delim": delimiter}

    def _csv_parameters(self, schemas: list[FileSchema]) -> dict[str, str]:
        header = sum(schema.option("header") == "1" for schema in schemas) * 2 > len(schemas)
        return {
            "areColumnsQuoted": "true" if self._library == OPEN_CSV else "false",
            "columnsOrdered": "true",
            "delimiter": schemas[0].option("delimiter") or ",",
            **({"skip.header.line.count": "1"} if header else {}),
        }

    def _type(self, hive_type: HiveType) -> str:
        """All columns of an OpenCSVSerDe table are strings: it cannot tell an empty value from a number.

        Evidence: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
        """
        return "string" if self._library == OPEN_CSV else render(hive_type)

    def described(self, location: str, columns: Columns, files: list[FoundFile]) -> Shape:
        parameters = {**self._parameters, **_statistics(files)}
        return {
            "Parameters": parameters,
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": self._type(each)} for name, each in columns.items()],
                "Location": location,
                "InputFormat": self._columnar[0] if self._columnar else _TEXT_IN,
                "OutputFormat": self._columnar[1] if self._columnar else _TEXT_OUT,
                "Compressed": self._compressed,
                "NumberOfBuckets": -1,
                "SerdeInfo": {"SerializationLibrary": self._library, "Parameters": self._serde},
                "BucketColumns": [],
                "SortColumns": [],
                "Parameters": dict(parameters),
                "StoredAsSubDirectories": False,
            },
        }


def _statistics(files: Iterable[FoundFile]) -> dict[str, str]:
    size = count = records = 0
    width = 0.0
    for stored, schema in files:
        size += stored.size
        count += 1
        records += schema.records
        width += schema.width * schema.records
    average = round(width / records) if records else 0
    return dict(zip(STATISTICS, (str(each) for each in (average, count, records, size)), strict=True))
