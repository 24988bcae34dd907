"""The pages Ledger and Dashboards: who may see them, and what they say when there is much, little, or trouble."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from aws_warehouse.ledger import Ledger, LoadEntry, WindowEntry

pytestmark = pytest.mark.usefixtures("connection")


class Admin:
    """A user of Airflow."""

    def get_id(self) -> str:
        return "admin"

    def get_name(self) -> str:
        return "admin"


@pytest.fixture
def may(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The DAGs that the user may see."""
    return {"order_lake", "sales_dashboards"}


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch, may: set[str]) -> Iterator[TestClient]:
    """The pages, asked by a user that Airflow knows by the token `admin`."""
    from airflow.api_fastapi.core_api import security

    from aws_warehouse.ui import app as pages

    class Manager:
        async def get_user_from_token(self, token: str) -> Admin:
            if token != "admin":
                raise security.InvalidTokenError("forged")
            return Admin()

        def is_authorized_dag(self, *, details: Any, **_: Any) -> bool:
            return details.id in may

        def get_url_login(self, next_url: str) -> str:
            return f"/auth/login?next={next_url}"

    for module in (security, pages):
        monkeypatch.setattr(module, "get_auth_manager", Manager)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda *_, **__: None)
    with TestClient(pages.app) as client:
        client.cookies.set("_token", "admin")
        yield client


@pytest.fixture
def ledger(client: Callable[..., Any], bucket: str, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger that the pages read."""
    monkeypatch.setenv("AIRFLOW__AWS_WAREHOUSE__BUCKET", bucket)
    return Ledger(client("s3"), bucket)


def window(day: int, **counts: Any) -> WindowEntry:
    base: dict[str, Any] = {"raw_objects": 1, "raw_records": 10, "accepted": 10, "days": {f"2010-12-{day:02}": 10}}
    base |= {"seen_before": 0, "repeated": 0, "rejected": 0, "missing": 0}
    jobs = {
        "run_id": "backfill__1",
        "crawl_id": "crawl-1",
        "dpu_hours": 0.1,
        "queries": ["query-1"],
        "query_names": ["athena/order_lines/merge_window.sql"],
        "query_ms": [1500],
        "bytes_scanned": [2_000_000],
        "seconds": 12.5,
    }
    start, end = f"2010-12-{day:02}T00:00:00Z", f"2010-12-{day + 1:02}T00:00:00Z"
    return WindowEntry(window_start=start, window_end=end, **(base | {"jobs": jobs} | counts))


def text(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_who_is_not_logged_in_is_sent_to_airflows_login_and_comes_back(http: TestClient) -> None:
    http.cookies.clear()
    said = http.get(
        "/ledger?before=2010-12-01T00_2010-12-02T00", headers={"Accept": "text/html"}, follow_redirects=False
    )
    assert said.status_code == 303
    assert said.headers["location"] == "/auth/login?next=/ledger?before=2010-12-01T00_2010-12-02T00"


@pytest.mark.parametrize("path", ["/ledger", "/ledger/pending", "/dashboards"])
def test_nothing_is_told_without_login_or_right(http: TestClient, may: set[str], path: str) -> None:
    may.clear()
    assert http.get(path).status_code == 403
    http.cookies.clear()
    assert http.get(path).status_code == 401
    assert http.get(path, headers={"Authorization": "Bearer forged"}).status_code == 403


def test_page_without_windows_says_what_to_do(http: TestClient, ledger: Ledger) -> None:
    page = http.get("/ledger")
    assert page.status_code == 200
    assert "No window has been run yet" in page.text
    assert "/dags/warehouse_deploy" in page.text


def test_stack_that_is_not_deployed_is_said_with_the_cure(http: TestClient) -> None:
    page = http.get("/ledger")
    assert page.status_code == 503
    assert "is not deployed yet" in page.text
    assert "Run the DAG warehouse_deploy first" in page.text


def test_endpoint_that_is_down_is_said_with_the_cure(http: TestClient, ledger: Ledger, monkeypatch: Any) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS_DEFAULT",
        '{"conn_type": "aws", "login": "a", "password": "b", "extra": {"endpoint_url": "http://127.0.0.1:9"}}',
    )
    page = http.get("/ledger")
    assert page.status_code == 503
    assert "no answer from http://127.0.0.1:9" in text(page.text)
    assert http.get("/ledger/pending").status_code == 503


def test_window_is_shown_with_counts_cost_jobs_and_reasons(http: TestClient, ledger: Ledger) -> None:
    ledger.write_window(window(1, accepted=8, rejected=2, days={"2010-12-01": 8}, rejects={"not JSON": 2}))
    page = http.get("/ledger").text
    said = text(page)
    assert "2010-12-01 balanced 10 8 0 0 2 0 2.0 MB 0.0440 12.5 s" in said
    assert "rejected, not JSON: 2" in said
    assert "order day 2010-12-01: 8 new lines" in said
    assert "athena/order_lines/merge_window.sql: query-1 , 1.5 s, 2.0 MB scanned" in said
    assert '/dags/order_lake/runs/backfill__1"' in page
    assert http.get("/ledger/pending").json() == {"count": 1, "days": ["2010-12-01"]}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param({"accepted": 9, "days": {"2010-12-01": 9}}, "not balanced window 2010-12-01", id="a record lost"),
        pytest.param({"missing": 1}, "order_lines lacks 1 readable events", id="an event missing"),
    ],
)
def test_window_that_does_not_balance_says_which_layers_differ(
    http: TestClient, ledger: Ledger, counts: dict[str, Any], said: str
) -> None:
    ledger.write_window(window(1, **counts))
    assert said in text(http.get("/ledger").text)


def test_warnings_and_new_fields_are_shown_with_the_window(http: TestClient, ledger: Ledger) -> None:
    entry = window(1)
    entry.jobs |= {"warnings": {"each copy of an event says the same": 2}, "drift": ["new field Voucher (text)"]}
    ledger.write_window(entry)
    said = text(http.get("/ledger").text)
    assert "balanced, warnings not: each copy of an event says the same (2 rows) new field Voucher (text)" in said


def test_windows_are_paged_and_every_one_is_on_a_page(
    http: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aws_warehouse.ui import ledger as page

    monkeypatch.setattr(page, "WINDOWS", 4)
    for day in range(1, 11):
        ledger.write_window(window(day))
    found, path = [], "/ledger"
    while path:
        html = http.get(path).text
        found += re.findall(r'<th scope="row"><a href="/dags/order_lake[^>]*>(\S+)</a>', html)
        older = re.search(r'href="(ledger\?before=\S+)"', html)
        path = f"/{older[1]}" if older else ""
    assert found == [f"2010-12-{day:02}" for day in range(10, 0, -1)]


def test_text_of_records_is_text_on_the_page(http: TestClient, ledger: Ledger) -> None:
    """Reasons and field names come from outside."""
    entry = window(1)
    entry.jobs["drift"] = ["new field <script>alert(1)</script> (text)"]
    ledger.write_window(entry)
    page = http.get("/ledger")
    assert "<script>alert" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_load_is_shown_with_its_layers_and_statements(http: TestClient, ledger: Ledger) -> None:
    ledger.write_window(window(1))
    ledger.write_load(
        LoadEntry(
            run_id="asset_triggered__1",
            ended="2010-12-02T00:05:00Z",
            days=["2010-12-01"],
            rows={"lake": 10, "fact": 10, "marts": 10},
            revenue={"lake": "12.50", "fact": "12.5", "marts": "12.5"},
            pending=[],
            statements=[{"id": "s:1", "name": "replace_days.sql", "rows": 10, "duration_ms": 20}],
            duration_ms=75_000,
        )
    )
    assert "2010-12-02 00:05 balanced 1 10 10 10 12.50 12.50 12.50 1 min 15 s" in text(http.get("/ledger").text)


def test_dashboards_page_says_what_to_do_without_any(http: TestClient) -> None:
    page = http.get("/dashboards")
    assert page.status_code == 200
    assert "There is no dashboard yet" in page.text


def test_plugin_is_light_and_opens_both_pages() -> None:
    from aws_warehouse.plugin import WarehousePlugin

    assert [view["href"] for view in WarehousePlugin.external_views] == ["/warehouse/ledger", "/warehouse/dashboards"]
