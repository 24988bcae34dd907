"""Manifests of S3 data sources: which files to read, and how they are written.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/supported-manifest-file-format.html (QuickSight's own form,
whose name ends in `.json`, and Redshift's)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.errors import AwsError
from local_aws.lake import Lake
from local_aws.objects import StoredObject, split_uri
from local_aws.spice.failures import Failed

HTTPS = re.compile(r"https://(?:s3[.-][^/]*?\.?amazonaws\.com/([^/]+)/|([^/]+?)\.s3[^/]*\.amazonaws\.com/)(.*)")
SETTINGS = {
    "format": "Format",
    "delimiter": "Delimiter",
    "textqualifier": "TextQualifier",
    "containsheader": "ContainsHeader",
}
"""Names in `globalUploadSettings`, in lower case → those of the API's `UploadSettings`."""
QUALIFIERS = {"DOUBLE_QUOTE": '"', "SINGLE_QUOTE": "'"}
LARGEST_COUNT = 1000


@dataclass(frozen=True)
class Upload:
    """How files are written. `start` is the row, from 1 on, at which the header or the data begins."""

    format: str = "CSV"
    delimiter: str = ","
    qualifier: str = '"'
    header: bool = True
    start: int = 1

    @classmethod
    def of(cls, manifest: Mapping[str, Any], given: Mapping[str, Any]) -> Upload:
        """From the manifest's settings and the data set's, which go before them where they say something."""
        said = {**manifest, **{name: value for name, value in given.items() if value is not None}}
        form = str(said.get("Format") or "CSV").upper()
        qualifier = str(said.get("TextQualifier") or '"')
        return cls(
            form,
            str(said.get("Delimiter") or ("\t" if form == "TSV" else ",")),
            QUALIFIERS.get(qualifier, qualifier),
            str(said.get("ContainsHeader", True)).lower() != "false",
            int(said.get("StartFromRow") or 1),
        )


@dataclass(frozen=True)
class Manifest:
    """:param files: URIs, each with whether it has to be there. :param prefixes: all objects below are meant."""

    files: tuple[tuple[str, bool], ...]
    prefixes: tuple[str, ...]
    settings: Mapping[str, Any]

    def objects(self, lake: Lake) -> list[StoredObject]:
        """The files. :raises Failed: `S3_FILE_INACCESSIBLE` for one that is not there, and where there are none."""
        found: list[StoredObject] = []
        for uri, mandatory in self.files:
            try:
                found.append(lake.objects.head(*_place(uri)))
            except AwsError as error:
                if mandatory:
                    raise Failed("S3_FILE_INACCESSIBLE", f"The file {uri} cannot be read: {error.message}") from error
        for prefix in self.prefixes:
            try:
                found += [each for each in lake.objects.listing(*_place(prefix)) if each.size]
            except AwsError as error:
                raise Failed("S3_FILE_INACCESSIBLE", f"{prefix} cannot be listed: {error.message}") from error
        if not found:
            raise Failed("S3_FILE_INACCESSIBLE", "The manifest names no file that is there.")
        if len(found) > LARGEST_COUNT:
            raise Failed(
                "S3_MANIFEST_ERROR", f"The manifest names {len(found):,} files; {LARGEST_COUNT:,} are allowed."
            )
        return found


def read(lake: Lake, parameters: Mapping[str, Any]) -> Manifest:
    """The manifest of `S3Parameters`. :raises Failed: `S3_MANIFEST_ERROR`."""
    location = parameters["ManifestFileLocation"]
    where = f"s3://{location['Bucket']}/{location['Key']}"
    try:
        shape = json.loads(lake.objects.read(location["Bucket"], location["Key"]))
        return _manifest(shape, where)
    except AwsError as error:
        raise Failed("S3_MANIFEST_ERROR", f"The manifest {where} cannot be read: {error.message}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Failed("S3_MANIFEST_ERROR", f"The manifest {where} is not of the documented form: {error}") from error


def _manifest(shape: dict[str, Any], where: str) -> Manifest:
    if "entries" in shape:
        files = tuple((each["url"], bool(each.get("mandatory"))) for each in shape["entries"])
        return Manifest(files, (), {})
    if not where.endswith(".json"):
        raise Failed("S3_MANIFEST_ERROR", f"The name of the manifest {where} does not end in .json")
    uris = [uri for each in shape["fileLocations"] for uri in each.get("URIs", [])]
    prefixes = [uri for each in shape["fileLocations"] for uri in each.get("URIPrefixes", [])]
    given = {key.lower(): value for key, value in (shape.get("globalUploadSettings") or {}).items()}
    if unknown := set(given) - set(SETTINGS):
        raise Failed("S3_MANIFEST_ERROR", f"Unknown globalUploadSettings in {where}: {', '.join(sorted(unknown))}")
    settings = {SETTINGS[key]: value for key, value in given.items()}
    for uri in (*uris, *prefixes):
        _place(uri)
    return Manifest(tuple((uri, True) for uri in uris), tuple(prefixes), settings)


def _place(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://…` or of S3's HTTPS addresses. :raises ValueError: for others."""
    if match := HTTPS.fullmatch(uri):
        return match[1] or match[2], match[3]
    try:
        return split_uri(uri)
    except AwsError as error:
        raise ValueError(error.message) from error
