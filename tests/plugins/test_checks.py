"""Checks: each says how bad a row would be, offending rows are a table, and only errors stop."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from aws_warehouse import checks
from aws_warehouse.settings import INCLUDE

FILES = sorted(str(path.relative_to(INCLUDE / "sql")) for path in (INCLUDE / "sql").glob("*/checks/*.sql"))


@pytest.mark.parametrize("name", FILES)
def test_each_check_says_its_level(name: str) -> None:
    assert checks.level_of(name) in ("error", "warning")


def result(name: str, *rows: dict[str, object]) -> dict[str, object]:
    return {"rows": list(rows), "queries": [{"name": name}]}


WARNING = "athena/checks/each_copy_of_an_event_says_the_same.sql"
ERROR = "athena/checks/each_event_is_one_order_line.sql"


def test_warning_is_shown_and_returned(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        found = checks.judge([result(WARNING, {"event_id": "a", "copies": 2}), result(ERROR)], "nothing")
    assert found == {"each copy of an event says the same": 1}
    [shown] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert shown.getMessage().splitlines()[1:] == ["event_id │ copies", "─────────┼───────", "a        │ 2"]


def test_error_stops_with_the_sentence_and_the_number_of_rows() -> None:
    mapped = [result(ERROR, {"event_id": "a"}), result(ERROR, {"event_id": "b"}, {"event_id": "c"})]
    with pytest.raises(
        checks.CheckError, match=r"3 rows against 'each event is one order line'; .*Nothing was published"
    ):
        checks.judge([mapped], "Nothing was published")


def test_table_cuts_long_cells_and_shows_no_control_characters() -> None:
    shown = checks.table([{"a": "x" * 100, "b": None}, {"a": "line\nbreak\x1b[2J", "b": 1}])
    assert max(len(line) for line in shown.splitlines()) <= checks.WIDEST + len(" │ NULL")
    assert "line·break·[2J" in shown
    assert "NULL" in shown


def test_file_without_a_level_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "odd.sql").write_text("-- Asserts: nothing\nSELECT 1")
    monkeypatch.setattr(checks, "INCLUDE", tmp_path)
    with pytest.raises(Exception, match=r"odd\.sql: its header has to say `-- Level: error`"):
        checks.level_of("odd.sql")
