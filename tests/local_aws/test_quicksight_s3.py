"""Data sets over files in S3: manifests, upload settings, what becomes of files that are not as they should be."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World, make_world


@dataclass
class Files:
    """A bucket, and data sets over what lies in it."""

    world: World
    s3: Any
    bucket: str
    manifest: dict[str, Any] = field(default_factory=lambda: {"fileLocations": [{"URIPrefixes": []}]})

    def put(self, key: str, data: bytes | str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)
        return f"s3://{self.bucket}/{key}"

    def source(self, manifest: Any, key: str = "manifest.json") -> dict[str, Any]:
        """Create the data source and describe it once it was tried."""
        self.put(key, manifest if isinstance(manifest, str) else json.dumps(manifest))
        place = {"ManifestFileLocation": {"Bucket": self.bucket, "Key": key}}
        own = {"AwsAccountId": self.world.account, "DataSourceId": "files"}
        self.world.client.create_data_source(
            **own, Name="files", Type="S3", DataSourceParameters={"S3Parameters": place}
        )
        while True:
            found: dict[str, Any] = self.world.client.describe_data_source(**own)["DataSource"]
            if not found["Status"].endswith("IN_PROGRESS"):
                return found

    def table(self, upload: dict[str, Any] | None = None, **columns: str) -> dict[str, Any]:
        listed = [{"Name": name, "Type": kind} for name, kind in columns.items()]
        arn = f"arn:aws:quicksight:us-east-1:{self.world.account}:datasource/files"
        given = {"UploadSettings": upload} if upload else {}
        return {"p": {"S3Source": {"DataSourceArn": arn, "InputColumns": listed, **given}}}

    def loaded(self, upload: dict[str, Any] | None = None, **columns: str) -> dict[str, Any]:
        return self.world.loaded("set", self.table(upload, **(columns or {"a": "STRING", "b": "STRING"})))

    def rows(self) -> list[tuple[Any, ...]]:
        return self.world.rows("set")


@pytest.fixture
def files(local_aws: LocalAws, account_id: str, bucket: str, client: Callable[..., Any]) -> Files:
    return Files(make_world(local_aws, account_id), client("s3"), bucket)


def all_below(files: Files, **settings: str) -> dict[str, Any]:
    locations = [{"URIPrefixes": [f"s3://{files.bucket}/data/"]}]
    return {"fileLocations": locations, **({"globalUploadSettings": settings} if settings else {})}


ROWS = [("1", "x"), ("2", None)]


@pytest.mark.parametrize(
    ("settings", "upload", "text"),
    [
        pytest.param({}, None, "a,b\n1,x\n2,\n", id="csv-with-header-by-default"),
        pytest.param({"containsHeader": "false"}, None, "1,x\n\n2,\n", id="no-header"),
        pytest.param({"format": "TSV"}, None, "a\tb\n1\tx\n2\t\n", id="tsv"),
        pytest.param({"delimiter": "|"}, None, "a|b\n1|x\n2|\n", id="delimiter"),
        pytest.param({"textqualifier": "'"}, None, "a,b\n'1','x'\n2,''\n", id="qualifier"),
        pytest.param({}, {"TextQualifier": "SINGLE_QUOTE"}, "a,b\n'1','x'\n2,''\n", id="data-set-s-qualifier"),
        pytest.param({"delimiter": "|"}, {"Delimiter": ";"}, "a;b\n1;x\n2;\n", id="data-set-goes-before-manifest"),
        pytest.param({}, {"StartFromRow": 3}, "title\n\na,b\n1,x\n2,\n", id="start-from-row"),
        pytest.param({}, None, "b,a\nx,1\n,2\n", id="columns-by-the-header-s-names"),
        pytest.param({}, None, "first,second\n1,x\n2,\n", id="columns-by-position-under-other-names"),
        pytest.param({}, None, "a,b\r\n1,x,more\r\n2\r\n", id="too-many-and-too-few-fields"),
        pytest.param({"format": "JSON"}, None, '{"a": 1, "b": "x"}\n{"a": 2, "c": {}}\n', id="json-lines"),
        pytest.param({"format": "JSON"}, None, '[{"a": 1, "b": "x"}, {"a": 2, "b": null}]', id="json-array"),
    ],
)
def test_files_are_read_by_their_settings(
    files: Files, settings: dict[str, str], upload: dict[str, Any] | None, text: str
) -> None:
    files.put("data/one", text)
    assert files.source(all_below(files, **settings))["Status"] == "CREATION_SUCCESSFUL"
    assert files.loaded(upload)["RowInfo"]["RowsIngested"] == 2
    assert files.rows() == ROWS


def test_quoted_values_keep_delimiters_newlines_and_quotes(files: Files) -> None:
    files.put("data/one.csv", 'a,b\n"1,5","two\nlines and ""quotes"""\n')
    files.source(all_below(files))
    files.loaded()
    assert files.rows() == [("1,5", 'two\nlines and "quotes"')]


def test_manifest_names_files_folders_and_gzipped_ones(files: Files) -> None:
    uris = [files.put("one.csv", "a,b\n1,x\n")]
    files.put("more/two.csv.gz", gzip.compress(b"a,b\n2,y\n"))
    files.put("more/deeper/three.csv", "a,b\n3,z\n")
    uris.append(f"https://s3.amazonaws.com/{files.bucket}/more/deeper/three.csv")
    files.source({"fileLocations": [{"URIs": uris}, {"URIPrefixes": [f"s3://{files.bucket}/more/two"]}]})
    files.loaded()
    assert files.rows() == [("1", "x"), ("2", "y"), ("3", "z")]


def test_redshift_manifest_leaves_out_what_is_not_mandatory(files: Files) -> None:
    there, gone = files.put("one.csv", "a,b\n1,x\n"), f"s3://{files.bucket}/gone.csv"
    files.source({"entries": [{"url": there, "mandatory": True}, {"url": gone}]}, "any.manifest")
    assert files.loaded()["IngestionStatus"] == "COMPLETED"


def test_text_is_cast_by_transforms_and_unreadable_rows_are_dropped(files: Files) -> None:
    files.put("data/one.csv", "a,b,c\n1,31/12/2024,2.50\n2,2024-12-31,1\n3,,x\n")
    files.source(all_below(files))
    casts = [("a", "INTEGER", {}), ("b", "DATETIME", {"Format": "dd/MM/yyyy"}), ("c", "DECIMAL", {})]
    transforms = [
        {"CastColumnTypeOperation": {"ColumnName": name, "NewColumnType": kind, **more}} for name, kind, more in casts
    ]
    logical = {"l": {"Alias": "l", "Source": {"PhysicalTableId": "p"}, "DataTransforms": transforms}}
    table = files.table(a="STRING", b="STRING", c="STRING")
    files.world.service.ingestions.quotas = type(files.world.service.ingestions.quotas)(unreadable_share=0.9)
    found = files.world.loaded("set", table, LogicalTableMap=logical)
    assert found["RowInfo"] == {"RowsIngested": 1, "RowsDropped": 2, "TotalRowsInDataset": 1}
    assert files.rows() == [(1, datetime(2024, 12, 31), Decimal("2.5000"))]


def test_json_numbers_keep_their_digits(files: Files) -> None:
    files.put("data/one.json", '{"a": 12345678901234567, "b": 1.10, "c": true}')
    files.source(all_below(files, format="JSON"))
    files.loaded(a="INTEGER", b="STRING", c="STRING")
    assert files.rows() == [(12345678901234567, "1.10", "true")]


@pytest.mark.parametrize(
    ("manifest", "key", "said"),
    [
        pytest.param("not json", "m.json", "not of the documented form", id="not-json"),
        pytest.param({"files": []}, "m.json", "not of the documented form", id="other-json"),
        pytest.param({"fileLocations": []}, "m.txt", "does not end in .json", id="its-name"),
        pytest.param({"fileLocations": [{"URIs": ["/x"]}]}, "m.json", "not an S3 location", id="no-uri"),
        pytest.param(
            {"fileLocations": [], "globalUploadSettings": {"quote": "'"}}, "m.json", "quote", id="unknown-setting"
        ),
    ],
)
def test_data_source_of_a_broken_manifest_fails(files: Files, manifest: Any, key: str, said: str) -> None:
    found = files.source(manifest, key)
    assert found["Status"] == "CREATION_FAILED"
    assert said in found["ErrorInfo"]["Message"]


@pytest.mark.parametrize(
    ("settings", "text", "columns", "kind", "said"),
    [
        pytest.param({}, None, {"a": "STRING"}, "S3_FILE_INACCESSIBLE", "no file", id="no-file"),
        pytest.param({}, b"a\n\xff\n", {"a": "STRING"}, "S3_FILE_INACCESSIBLE", "data/one", id="not-utf-8"),
        pytest.param(
            {"format": "JSON"}, b"{", {"a": "STRING"}, "FAILURE_TO_PROCESS_JSON_FILE", "data/one", id="not-json"
        ),
        pytest.param(
            {"format": "JSON"}, b"1", {"a": "STRING"}, "FAILURE_TO_PROCESS_JSON_FILE", "object", id="no-object"
        ),
        pytest.param({}, b"a\n1\n", {"a": "INTEGER"}, "INVALID_DATA_SOURCE_CONFIG", "STRING", id="typed-text"),
        pytest.param({"format": "CLF"}, b"a", {"a": "STRING"}, "SQL_EXCEPTION", "format CLF", id="log-files"),
        pytest.param(
            {"format": "JSON"}, b'{"a": {"b": 1}}', {"a": "STRING"}, "SQL_EXCEPTION", "nested JSON", id="nested"
        ),
    ],
)
def test_ingestion_of_what_cannot_be_read_fails(
    files: Files, settings: dict[str, str], text: bytes | None, columns: dict[str, str], kind: str, said: str
) -> None:
    if text is not None:
        files.put("data/one", text)
    files.source(all_below(files, **settings))
    found = files.loaded(None, **columns)
    assert found["IngestionStatus"] == "FAILED"
    assert found["ErrorInfo"]["Type"] == kind
    assert said in found["ErrorInfo"]["Message"]


def test_files_of_an_engine_s_source_are_refused(files: Files) -> None:
    table = files.table(a="STRING")
    table["p"]["S3Source"]["DataSourceArn"] = files.world.source_arn
    with pytest.raises(ClientError, match="does not fit its data source of type REDSHIFT"):
        files.world.create_data_set("set", table)
