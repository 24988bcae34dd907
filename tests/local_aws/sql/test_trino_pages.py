"""The examples of Trino's documentation, a file a page, as Athena prints them.

A line is `expression => value`, with ` :: type` where the type is asked for, or `expression !! words of the failure`;
what begins with SELECT, WITH, VALUES, TABLE or a parenthesis is a query, its rows parted by `; `, its columns by `|`.
Evidence: https://trino.io/docs/current/functions.html and https://trino.io/docs/current/sql/select.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

PAGES = sorted((Path(__file__).parent / "pages").glob("*.txt"))
TOGETHER = 20
QUERIES = ("SELECT ", "WITH ", "VALUES ", "TABLE ", "(SELECT ")


def _answer(athena: Athena, written: str) -> tuple[str, str]:
    """The rows and the types that a line's query gives, or its failure."""
    try:
        execution = athena.start(written if written.startswith(QUERIES) else f"SELECT {written}")
    except athena.client.exceptions.InvalidRequestException as error:
        return str(error), "failure"
    ended = athena.wait(execution)["Status"]
    if ended["State"] != "SUCCEEDED":
        return str(ended["StateChangeReason"]), "failure"
    found: dict[str, Any] = athena.client.get_query_results(QueryExecutionId=execution)["ResultSet"]
    rows = ["|".join(cell.get("VarCharValue", "NULL") for cell in row["Data"]) for row in found["Rows"][1:]]
    return "; ".join(rows), "|".join(each["Type"] for each in found["ResultSetMetadata"]["ColumnInfo"])


def _wrong(athena: Athena, line: str) -> str | None:
    """What is wrong with a line, if anything."""
    if " !! " in line:
        written, _, words = line.partition(" !! ")
        found, kind = _answer(athena, written)
        return None if kind == "failure" and words in found else f"{written}: {found!r} for the failure {words!r}"
    written, _, wanted = line.rpartition(" => ")
    value, _, kind = wanted.partition(" :: ")
    found, types = _answer(athena, written)
    fits = found == value and types != "failure" and kind in {"", types}
    return None if fits else f"{written}: {found!r} ({types}) for {wanted!r}"


def _unsure(athena: Athena, lines: list[str]) -> list[str]:
    """The lines that are not known to be right when a page's plain expressions are asked for together."""
    plain = [line for line in lines if " => " in line and " :: " not in line]
    plain = [line for line in plain if not line.startswith(QUERIES) and " FROM (VALUES " not in line]
    right = set[str]()
    for start in range(0, len(plain), TOGETHER):
        asked = [line.rpartition(" => ") for line in plain[start : start + TOGETHER]]
        found, kind = _answer(athena, ", ".join(written for written, _, _ in asked))
        if kind != "failure" and found == "|".join(wanted for _, _, wanted in asked):
            right.update(plain[start : start + TOGETHER])
    return [line for line in lines if line not in right]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_example_of_a_page_gives_what_is_printed_there(shared_athena: Athena, page: Path) -> None:
    lines = page.read_text().splitlines()
    wrong = [found for line in _unsure(shared_athena, lines) if (found := _wrong(shared_athena, line)) is not None]
    assert lines
    assert not wrong, "\n".join(wrong)
