"""The page: complete in itself, safe against what a Definition says, drawn alike in a real browser."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from local_aws.dashboards import page
from local_aws.dashboards.text import to_html
from local_aws.server import LocalAws
from tests.local_aws.browser import browser
from tests.local_aws.quicksight_world import World, make_world, world  # noqa: F401 - a fixture
from tests.local_aws.retail_world import published

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def read(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(("folder", "wanted"), [("echarts", "echarts.min.js"), ("world", "world.json")])
def test_vendored_files_are_the_ones_that_were_reviewed(folder: str, wanted: str) -> None:
    home = page.STATIC / folder
    lines = (home / "SHA256SUMS").read_text().split("\n")
    locked = dict(reversed(line.split()) for line in lines if line)
    assert {wanted, "LICENSE", "NOTICE"} <= set(locked)
    for name, digest in locked.items():
        assert hashlib.sha256((home / name).read_bytes()).hexdigest() == digest, name


def test_page_loads_nothing_from_elsewhere(retail: World, local_aws: LocalAws) -> None:
    status, text = read(f"{local_aws.url}/dashboards/{retail.account}/retail_sales")
    assert status == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(sources) == len(page.SCRIPTS) + len(page.STYLES) + 1
    for source in sources:
        assert source.startswith(("/dashboards/static/", "#"))
        if source.startswith("/"):
            assert read(local_aws.url + source)[0] == 200


def test_exported_file_needs_no_server(retail: World, tmp_path: Path) -> None:
    text = page.render_html(retail.service, "retail_sales")
    head = text[: text.index("<script>")]
    assert not re.findall(r'(?:src|href)="[^#]', head)
    assert all("</script" not in (page.STATIC / name).read_text() for name in page.SCRIPTS)
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.S)[1])  # type: ignore[index]
    assert {each["state"] for each in data["sheets"][0]["visuals"]} == {"drawn"}


def test_definition_cannot_end_the_script_that_carries_it(retail: World, local_aws: LocalAws) -> None:
    attack = "</script><script>alert(1)</script>"
    sheet = {"SheetId": "s", "TextBoxes": [{"SheetTextBoxId": "t", "Content": attack}], "Name": attack}
    retail.client.create_dashboard(
        AwsAccountId=retail.account,
        DashboardId="attack",
        Name=attack,
        Definition={"DataSetIdentifierDeclarations": [], "Sheets": [sheet]},
    )
    published(retail, "attack")
    for address in ("/attack", "/attack/export.html"):
        text = read(f"{local_aws.url}/dashboards/{retail.account}{address}")[1]
        assert "<script>alert" not in text
    assert "<script>alert" not in read(f"{local_aws.url}/dashboards/")[1]


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ('<text-box><inline font-size="24px">Big</inline></text-box>', '<span style="font-size:24px">Big</span>'),
        ("<text-box>a<br/>b</text-box>", "a<br>b"),
        ("<text-box><b>bold</b> &amp; plain</text-box>", "<strong>bold</strong> &amp; plain"),
        ('<a href="https://example.com">x</a>',
         '<a href="https://example.com" rel="noopener noreferrer" target="_blank">x</a>'),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<inline color="red;background:url(x)">x</inline>', "x"),
        ('<img src="x" onerror="alert(1)"/>', ""),
        ("<script>alert(1)</script>", "alert(1)"),
        ("1 < 2", "1 &lt; 2"),
        ('<!ENTITY e "boom"><p>&e;</p>', "&lt;!ENTITY e &quot;boom&quot;&gt;&lt;p&gt;&amp;e;&lt;/p&gt;"),
    ],
)  # fmt: skip
def test_rich_text_becomes_safe_html(content: str, html: str) -> None:
    assert to_html(content) == html


def test_missing_dashboard_says_what_to_do(retail: World, local_aws: LocalAws) -> None:
    status, text = read(f"{local_aws.url}/dashboards/{retail.account}/nothing")
    assert (status, "CreateDashboard" in text) == (404, True)
    assert read(f"{local_aws.url}/dashboards/static/../page.py")[0] == 404


def test_index_lists_dashboards(retail: World, local_aws: LocalAws) -> None:
    text = read(f"{local_aws.url}/dashboards/")[1]
    assert f"/dashboards/{retail.account}/retail_sales" in text


def test_never_loaded_data_set_says_why(world: World, local_aws: LocalAws) -> None:  # noqa: F811
    created = world.create_data_set("lines", {"t": world.table("nowhere", id="INTEGER")})
    world.ended("lines", created["IngestionId"])
    wells = {"Values": [{"NumericalMeasureField": {"FieldId": "v", "Column": {
        "DataSetIdentifier": "d", "ColumnName": "id"}}}]}  # fmt: skip
    visual = {"KPIVisual": {"VisualId": "k", "ChartConfiguration": {"FieldWells": wells}}}
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "d", "DataSetArn": world.data_set_arn("lines")}],
        "Sheets": [{"SheetId": "s", "Visuals": [visual]}],
    }
    world.client.create_dashboard(AwsAccountId=world.account, DashboardId="empty", Name="Empty", Definition=body)
    published(world, "empty")
    data = json.loads(read(f"{local_aws.url}/dashboards/{world.account}/empty/data.json")[1])
    [visual_drawn] = data["sheets"][0]["visuals"]
    assert visual_drawn["state"] == "empty"
    assert "SQL_TABLE_NOT_FOUND" in visual_drawn["message"]
    assert data["data_sets"][0]["state"] == "empty"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")
def test_browser_draws_every_visual(retail: World, local_aws: LocalAws, tmp_path: Path) -> None:
    """Read from the page's DOM after its scripts have run: KPI texts, charts as svg, no card without content."""
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path}", "--window-size=1400,1600", "--virtual-time-budget=5000", "--dump-dom",
    ]  # fmt: skip
    address = f"{local_aws.url}/dashboards/{retail.account}/retail_sales"
    dom = subprocess.run([*command, address], capture_output=True, text=True, timeout=90, check=True).stdout
    with retail.engine.lock:
        [(revenue, orders)] = retail.engine.database.execute(
            "SELECT sum(revenue), count(DISTINCT invoice_no) FILTER (WHERE NOT is_cancellation AND NOT is_adjustment)"
            " FROM sales.fact_order_lines GROUP BY order_day ORDER BY order_day DESC LIMIT 1"
        ).fetchall()
    values = re.findall(r'<div class="value">([^<]+)</div>', dom)
    assert values[:2] == [f"£{round(revenue):,}", f"{orders:,}"]
    assert dom.count('class="card visual"') == 9
    assert dom.count("<svg") >= 7
    assert "This visual cannot be drawn" not in dom


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")
def test_address_names_the_sheet(retail: World, local_aws: LocalAws, tmp_path: Path) -> None:
    """The tab that is chosen stands in the address; the address alone opens that tab."""
    address = f"{local_aws.url}/dashboards/{retail.account}/retail_sales"
    selected = "document.querySelector('#tabs [aria-selected=true]')?.textContent"
    with browser(tmp_path) as page:
        page.open(address)
        page.until(f"{selected} !== undefined")
        page.run("document.querySelectorAll('#tabs button')[1].click()")
        page.until("location.search.includes('sheet=')")
        second = page.run(selected)
        page.open(page.run("location.href"))
        page.until(f"{selected} === {second!r} && document.querySelectorAll('.card').length > 0")
        assert not page.errors
