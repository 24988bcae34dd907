"""COPY: objects of S3 into a table, whole or not at all; what cannot be loaded is logged.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html. Deviates: files are read one after the other, so
MAXERROR counts in their order; error texts whose wording AWS does not document are close to those that users report.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from local_aws.objects import StoredObject
from local_aws.sql.redshift import errors
from local_aws.sql.redshift.catalog import Column, Relation
from local_aws.sql.redshift.load import avro_records, bulk, columnar, convert, files, json_records, records
from local_aws.sql.redshift.load.log import LoadError
from local_aws.sql.redshift.load.options import COLUMNAR, Copy, read
from local_aws.sql.redshift.load.records import Record
from local_aws.sql.redshift.typed import cut, quoted

if TYPE_CHECKING:
    from local_aws.sql.redshift.reader import Reader
    from local_aws.sql.redshift.session import Outcome, Session

BATCH = 50_000
STAGE = "copy_stage"


@dataclass
class _Load:
    """A COPY at work."""

    session: Session
    copy: Copy
    relation: Relation
    columns: list[Column]
    errors: list[LoadError] = field(default_factory=list)
    loaded: int = 0
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html: MAXERROR errors or more."""
        return not self.copy.has("ignore_errors") and len(self.errors) >= max(self.copy.most_errors, 1)

    def insert(self, selected: Sequence[str], rows: str) -> None:
        if self.copy.has("no_load"):
            return
        sql = f"INSERT INTO {self.relation.storage} ({quoted(c.name for c in self.columns)}) "
        changed = self.session.connection.execute(f"{sql} SELECT {', '.join(selected)} {rows}").fetchall()
        self.loaded += int(changed[0][0])


def execute(session: Session, reader: Reader) -> Outcome:
    """One COPY. :raises SqlError: naming the log to look into, when records could not be loaded."""
    from local_aws.sql.redshift.session import Outcome

    copy = read(reader)
    parts = list(copy.table)
    table = exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None, quoted=True)
    relation = session.find_table(table, "COPY")
    work = _Load(session, copy, relation, _targets(relation, copy))
    found = files.files_of(session.lake, copy)
    started = session.lake.clock.naive_utc()
    status = "aborted"
    try:
        for file in found:
            before = work.loaded
            _columnar(work, file) if copy.format in COLUMNAR else _text(work, file)
            work.lines[file.uri] = work.loaded - before
            if work.failed:
                break
        status = "aborted" if work.failed else "completed"
    finally:
        if work.failed:
            del work.errors[max(copy.most_errors, 1) :]
        log, name = session.database.loads, f"{relation.schema}.{relation.name}"
        log.errors(session.query_id, started, name, work.errors)
        sizes = (sum(each.size for each in found), len(found))
        loaded = work.loaded if status == "completed" else 0
        log.load(session.query_id, started, name, copy.source, copy.format, status, loaded, len(work.errors), *sizes)
        if status == "completed":
            log.files(session.query_id, started, list(work.lines.items()))
    view = "sys_load_error_detail" if session.database.serverless else "stl_load_errors"
    check = f"  Check '{view}' system table for details."
    if work.failed:
        raise errors.error(f"Load into table '{relation.name}' failed.{check}")
    notice = f"Load into table '{relation.name}' completed, {work.loaded} record(s) loaded successfully."
    if work.errors:
        notice += f"  {len(work.errors)} record(s) could not be loaded.{check}"
    return Outcome(changed=work.loaded, notice=notice)


def _targets(relation: Relation, copy: Copy) -> list[Column]:
    """The columns to load, in the order of the fields: those named, else all but the identities that Redshift fills.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-column-mapping.html
    """
    known = {each.name: each for each in relation.columns}
    for name in copy.columns:
        if name not in known:
            raise errors.error(f'column "{name}" of relation "{relation.name}" does not exist')
    fixed = [each.name for each in relation.columns if each.identity and not each.identity[2]]
    explicit = copy.has("explicit_ids")
    if explicit and copy.columns and not set(fixed) & set(copy.columns):
        raise errors.error("EXPLICIT_IDS requires the IDENTITY column in the column list")
    if not explicit and set(fixed) & set(copy.columns):
        raise errors.error("cannot set an identity column to a value")
    names = copy.columns or [each for each in known if explicit or each not in fixed]
    return [known[name] for name in names]


def _columnar(work: _Load, file: StoredObject) -> None:
    for table in columnar.batches(file, work.copy, work.columns):
        work.session.connection.register(STAGE, table)
        own = [f"c{n}" if n < table.num_columns else "NULL" for n in range(len(work.columns))]
        made = [_columnar_value(name, column) for name, column in zip(own, work.columns, strict=True)]
        work.insert(made, f"FROM {STAGE}")


def _columnar_value(name: str, column: Column) -> str:
    if column.type.name == "super" and name != "NULL":
        return f"to_json({name})"
    return cut(name) if column.type.name == "bpchar" else f"{name}::{column.type.duckdb}"


def _text(work: _Load, file: StoredObject) -> None:
    try:
        done = _in_bulk(work, file)
        if done is None:
            return
        found = itertools.islice(_records(work, file), done, None)
        while batch := list(itertools.islice(found, BATCH)):
            _load(work, file, batch)
            if work.failed:
                return
    except (*files.BAD_FILE, UnicodeDecodeError, pa.ArrowException) as problem:
        raise errors.error(errors.detail(f"{file.uri} cannot be read: {problem}", 8001, "")) from problem


def _in_bulk(work: _Load, file: StoredObject) -> int | None:
    """Load what is plainly right: None if that is all, else how many records it was."""
    names, done = [f"c{n}" for n in range(len(work.columns))], 0
    try:
        with files.opened(file, work.copy) as lines:
            for table in bulk.batches(lines, work.copy, len(names), BATCH):
                if not _stage(work, table, names):
                    return done
                work.insert([f"v{n}" for n in range(len(names))], f"FROM {STAGE} ORDER BY record")
                done += table.num_rows
    except bulk.OddError:
        return done
    return None


def _stage(work: _Load, table: pa.Table, names: list[str]) -> bool:
    """Let the connection see texts as values. Whether all of them have one."""
    work.session.connection.register(STAGE, table)
    work.session.connection.register(STAGE, _converted(work, names))
    return not work.session.connection.execute(f"SELECT 1 FROM {STAGE} WHERE bad LIMIT 1").fetchall()


def _records(work: _Load, file: StoredObject) -> Iterator[Record]:
    copy = work.copy
    if copy.format == "AVRO":
        with files.opened_bytes(file, copy) as data:
            yield from avro_records.records(data, copy, [each.name for each in work.columns], _paths(work))
        return
    with files.opened(file, copy) as lines:
        if copy.format != "JSON":
            yield from records.records(lines, copy, len(work.columns))
            return
        names = [each.name for each in work.columns]
        yield from json_records.records(lines.read(), copy, names, _paths(work))


def _paths(work: _Load) -> list[list[str | int]]:
    """The paths of JSON's or Avro's values, none if they are found by the columns' names."""
    copy = work.copy
    known = copy.json in {"auto", "auto ignorecase", "noshred"}
    paths = [] if known else files.json_paths(work.session.lake, copy.json)
    if paths and len(paths) != len(work.columns):
        counts = f"{len(paths)} paths, {len(work.columns)} columns"
        raise errors.error(f"Number of jsonpaths and the number of columns should match. {counts}")
    if copy.json == "noshred" and (len(work.columns) != 1 or work.columns[0].type.name != "super"):
        raise errors.error("JSON 'noshred' needs exactly one SUPER column")
    return paths


def _load(work: _Load, file: StoredObject, batch: list[Record]) -> None:
    """Insert the good records of a batch, note the others."""
    places = [place for place, each in enumerate(batch) if not each.code]
    good = [batch[place] for place in places]
    noted = {
        place: LoadError(file.uri, each.line, each.code, each.reason, each.raw)
        for place, each in enumerate(batch)
        if each.code
    }
    if good:
        arrays = [pa.array(each, pa.string()) for each in zip(*(r.fields for r in good), strict=True)]
        names = [f"c{n}" for n in range(len(work.columns))]
        table = pa.table([*arrays, pa.array(range(len(good)))], names=[*names, "record"])
        work.session.connection.register(STAGE, table)
        work.session.connection.register(STAGE, _converted(work, names))
        flags = [f"b{n}" for n in range(len(names))]
        rows = work.session.connection.execute(f"SELECT record, {', '.join(flags)} FROM {STAGE} WHERE bad").fetchall()
        for position, *found in rows:
            column, record = found.index(True), good[position]
            about = convert.reason(work.columns[column], work.copy, _read(work, record, column))
            noted[places[position]] = replace(about, file=file.uri, line=record.line, raw_line=record.raw)
        work.insert([f"v{n}" for n in range(len(names))], f"FROM {STAGE} WHERE NOT bad ORDER BY record")
    work.errors.extend(noted[place] for place in sorted(noted))


def _converted(work: _Load, names: list[str]) -> pa.Table:
    """The staged texts as values (`v0`, …), with what is wrong with each (`b0`, …) and with any of a record (`bad`)."""
    fields = list(enumerate(zip(work.columns, names, strict=True)))
    texts = ", ".join(f"{convert.text_sql(column, work.copy, name)} AS {name}" for _, (column, name) in fields)
    values = ", ".join(f"{convert.value_sql(column, work.copy, name)} AS v{n}" for n, (column, name) in fields)
    bad = [f"{convert.bad_sql(column, work.copy, name, f'v{n}')} AS b{n}" for n, (column, name) in fields]
    made = ", ".join(f"v{n}, {flag}" for n, flag in enumerate(bad))
    any_bad = " OR ".join(f"b{n}" for n, _ in fields)
    sql = f"SELECT *, {values} FROM (SELECT {texts}, record FROM {STAGE})"
    sql = f"SELECT *, {any_bad} AS bad FROM (SELECT {made}, record FROM ({sql}))"
    return work.session.connection.sql(sql).to_arrow_table()


def _read(work: _Load, record: Record, column: int) -> str | None:
    text = record.fields[column]
    return None if text == work.copy.null or (text == "" and work.copy.has("empty_as_null")) else text
