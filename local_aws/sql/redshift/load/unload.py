"""UNLOAD: a query's rows into objects of S3.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html and its examples,
https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html. Deviates: there is one slice, so with
PARALLEL ON too the first file is `0000_part_00`; nothing is written before all rows could be computed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.objects import split_uri
from local_aws.sql.redshift import errors, names, results, syntax, types
from local_aws.sql.redshift.load.unload_options import Unload, read
from local_aws.sql.redshift.load.writers import COMPRESSIONS, Writer, writer

if TYPE_CHECKING:
    from local_aws.sql.redshift.reader import Reader
    from local_aws.sql.redshift.session import Outcome, Session

BATCH = 1_000
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_SAFE = " !$&()+,;<>@`|~-_."
NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
    "manually removing the target files in S3, or using the ALLOWOVERWRITE option."
)


@dataclass
class _File:
    """A finished object: its key, its bytes, its number of rows."""

    key: str
    data: bytes
    rows: int


@dataclass
class _Folder:
    """The files of one partition, or of the whole: the open one and the finished ones."""

    prefix: str
    open: Writer | None = None
    files: list[_File] = field(default_factory=list)


class _Files:
    """The objects of one UNLOAD."""

    def __init__(self, unload: Unload, prefix: str, schema: pa.Schema) -> None:
        self._unload = unload
        self._prefix = prefix
        self._schema = schema
        self._folders: dict[str, _Folder] = {}

    def add(self, folder: str, rows: pa.Table) -> None:
        kept = self._folders.setdefault(folder, _Folder(self._prefix + folder))
        if kept.open is not None and kept.open.size + rows.nbytes > self._unload.largest:
            self._close(kept)
        if kept.open is None:
            kept.open = writer(self._unload, self._schema)
        kept.open.add(rows)

    def finish(self) -> list[_File]:
        if not self._folders and not self._unload.partition:
            self.add("", self._schema.empty_table())
        for each in self._folders.values():
            if each.open is not None:
                self._close(each)
        return [file for each in self._folders.values() for file in each.files]

    def _close(self, folder: _Folder) -> None:
        assert folder.open is not None
        number = len(folder.files)
        name = f"0000_part_{number:02}" if self._unload.parallel else f"{number:03}"
        key = f"{folder.prefix}{name}{self._extension()}"
        folder.files.append(_File(key, folder.open.finish(), folder.open.rows))
        folder.open = None

    def _extension(self) -> str:
        if self._unload.extension:
            return "." + self._unload.extension.removeprefix(".")
        own = {"PARQUET": ".parquet", "JSON": ".json"}.get(self._unload.format, "")
        return own + COMPRESSIONS[self._unload.compression]


def execute(session: Session, reader: Reader) -> Outcome:
    """One UNLOAD. :raises SqlError: if the destination is taken, or the query fails."""
    from local_aws.sql.redshift.session import Outcome

    unload = read(reader)
    bucket, prefix = split_uri(unload.target)
    if unload.partition:
        prefix = prefix.rstrip("/") + "/" if prefix else ""
    objects = session.lake.objects
    try:
        present = [each.key for each in objects.listing(bucket, prefix)]
        if present and not (unload.overwrite or unload.clean):
            raise errors.error(NOT_EMPTY)
        files, names, kinds = _written(session, unload, prefix)
        if unload.clean:
            folders = {each.key.rpartition("/")[0] + "/" for each in files} if unload.partition else {prefix}
            for key in present:
                if any(key.startswith(folder) for folder in folders):
                    objects.delete(bucket, key)
        for each in files:
            objects.put(bucket, each.key, each.data)
            session.unloaded.append((f"s3://{bucket}/{each.key}", each.rows, len(each.data)))
        if unload.manifest:
            manifest = json.dumps(_manifest(unload, bucket, files, names, kinds), indent=2)
            objects.put(bucket, f"{prefix}manifest", manifest.encode())
    except AwsError as problem:
        message = f"S3ServiceException:{problem.message},Status {problem.status},Error {problem.code}"
        raise errors.error(errors.detail(message, 8001, "")) from problem
    rows = sum(each.rows for each in files)
    return Outcome(changed=rows, notice=f"UNLOAD completed, {rows} record(s) unloaded successfully.")


def _query(sql: str) -> exp.Expr:
    found = syntax.parse(sql)
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise errors.error("UNLOAD needs one SELECT statement")
    if found[0].args.get("limit") is not None:
        raise errors.error("Limit clause is not supported")
    return names.fold(found[0])


def _written(session: Session, unload: Unload, prefix: str) -> tuple[list[_File], list[str], list[str]]:
    outcome = session.query(_query(unload.query))
    assert outcome.reader is not None
    if any(each.type is not None and each.type.name == "timetz" for each in outcome.columns):
        raise errors.unsupported("UNLOAD of TIMETZ columns")
    names = [str(each[0]).lower() for each in outcome.reader.description]
    kinds = [types.from_duckdb(str(each[1])).standard for each in outcome.reader.description]
    for name in unload.partition:
        if name not in names:
            raise errors.error(f'column "{name}" of PARTITION BY is not in the result of the query')
    own = [n for n, name in enumerate(names) if unload.include or name not in unload.partition]
    if not own:
        raise errors.error("PARTITION BY needs a column that is not a partition column")
    batches = outcome.reader.to_arrow_reader(BATCH)
    schema = pa.schema([batches.schema.field(n).with_name(names[n]) for n in own])
    files = _Files(unload, prefix, schema)
    for batch in batches:
        table = pa.Table.from_batches([batch]).rename_columns(names) if len(set(names)) == len(names) else None
        if table is None:
            raise errors.error("UNLOAD needs a name of its own for each column of the query")
        for start in range(0, table.num_rows, BATCH):  # the engine's batches may be larger than asked for
            for folder, rows in _parts(table.slice(start, BATCH), unload.partition):
                files.add(folder, rows.select([names[n] for n in own]))
    return files.finish(), [names[n] for n in own], [kinds[n] for n in own]


def _parts(table: pa.Table, keys: tuple[str, ...]) -> Iterator[tuple[str, pa.Table]]:
    """The rows by folder: `a=1/b=2/`."""
    if not keys:
        yield "", table
        return
    positions: dict[tuple[Any, ...], list[int]] = {}
    for number, values in enumerate(zip(*(table.column(key).to_pylist() for key in keys), strict=True)):
        positions.setdefault(values, []).append(number)
    for values, taken in positions.items():
        folder = "".join(f"{key}={_folder(value)}/" for key, value in zip(keys, values, strict=True))
        yield folder, table.take(taken)


def _folder(value: Any) -> str:
    return HIVE_NULL if value is None else quote(results.text(value), safe=_SAFE)


def _manifest(unload: Unload, bucket: str, files: list[_File], names: list[str], kinds: list[str]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html (MANIFEST, MANIFEST VERBOSE)"""
    entries: list[dict[str, Any]] = [{"url": f"s3://{bucket}/{each.key}"} for each in files]
    sizes = [{"content_length": len(each.data), "record_count": each.rows} for each in files]
    for entry, size in zip(entries, sizes, strict=True):
        if unload.verbose:
            entry["meta"] = size
        elif unload.format == "PARQUET":
            entry["meta"] = {"content_length": size["content_length"]}
    if not unload.verbose:
        return {"entries": entries}
    elements = [{"name": name, "type": {"base": kind}} for name, kind in zip(names, kinds, strict=True)]
    total = {name: sum(each[name] for each in sizes) for name in ("content_length", "record_count")}
    author = {"name": "Amazon Redshift", "version": "1.0.0"}
    return {"entries": entries, "schema": {"elements": elements}, "meta": total, "author": author}
