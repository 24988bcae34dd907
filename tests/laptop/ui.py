"""What a person does in Airflow's UI, in a browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from laptop.rest import Airflow

PATIENCE = 120_000
"""Milliseconds that a busy machine may take to show something."""


def logged_in(browser: Any, airflow: Airflow, user: str, password: str, **options: Any) -> Any:
    """A page of a person who has logged in by the form."""
    page = browser.new_page(**{"viewport": {"width": 1440, "height": 1000}} | options)
    page.set_default_timeout(PATIENCE)
    page.goto(airflow.url)
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()
    page.get_by_role("link", name="Dags").first.wait_for()
    return page


def trigger(page: Any, airflow: Airflow, dag_id: str, start: datetime, end: datetime) -> None:
    """Trigger a run with a window, by the form of its Params."""
    form = _form(page, airflow, dag_id)
    for field, moment in (("Window start", start), ("Window end", end)):
        _pick(page, form, field, moment)
    form.get_by_role("button", name="Trigger").click()
    form.wait_for(state="hidden")


def backfill(page: Any, airflow: Airflow, dag_id: str, first: datetime, last: datetime, at_once: int = 1) -> None:
    """Start a backfill, by its form."""
    form = _form(page, airflow, dag_id)
    form.get_by_text("Backfill", exact=True).click()
    for field, moment in (("From", first), ("To", last)):
        _pick(page, form, field, moment)
    form.locator("input[name=max_active_runs]").fill(str(at_once))
    form.get_by_role("button", name="Run Backfill").click()
    form.wait_for(state="hidden")


def framed(page: Any, airflow: Airflow, name: str) -> Any:
    """The content of one of our pages, opened by its entry in the navigation bar."""
    page.goto(f"{airflow.url}/dags")
    page.get_by_role("link", name=name).first.click()
    frame = page.frame_locator(f"iframe[title={name}]")
    frame.locator("h1").wait_for()
    return frame


def _form(page: Any, airflow: Airflow, dag_id: str) -> Any:
    page.goto(f"{airflow.url}/dags/{dag_id}")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog").filter(has_text=f" - {dag_id}")
    form.locator("input[name=element_accept_fields]").wait_for(state="attached")
    return form


def _pick(page: Any, form: Any, field: str, moment: datetime) -> None:
    """Fill a field of date and time, which is a button with a small calendar."""
    label = form.locator("label").get_by_text(field, exact=True)
    label.locator("xpath=following::*[@data-testid='datetime-input'][1]").click()
    page.get_by_placeholder("YYYY/MM/DD").last.fill(f"{moment:%Y/%m/%d}")
    page.get_by_placeholder("HH:mm").last.fill(f"{moment:%H:%M}")
    form.get_by_role("heading").first.click()  # away from the calendar: it closes
    page.get_by_placeholder("YYYY/MM/DD").wait_for(state="hidden")
