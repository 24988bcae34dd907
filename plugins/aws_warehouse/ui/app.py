"""The pages as a FastAPI application, with Airflow's own login and rights.

A plugin's application is open to everybody unless it asks: these pages depend on `requires_access_dag`, so that who may
see a DAG in Airflow may see its ledger or its dashboards, and nobody else. Who is not logged in is sent to Airflow's
login and comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape

from aws_warehouse.ui import dashboards, ledger
from aws_warehouse.ui.words import FILTERS, Trouble, trouble_of

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src {frames};"
    " frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)
TEMPLATES.filters.update(FILTERS)

app = FastAPI(title="Warehouse", docs_url=None, redoc_url=None, openapi_url=None)
app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


@app.exception_handler(HTTPException)
def refuse(request: Request, error: HTTPException) -> Response:
    """Send people to the login, and tell programs."""
    if error.status_code == 401 and "text/html" in request.headers.get("accept", ""):
        back = str(request.url.replace(scheme="", netloc=""))
        return RedirectResponse(get_auth_manager().get_url_login(next_url=back), status_code=303)
    return JSONResponse({"detail": error.detail}, error.status_code)


def _page(name: str, read: Callable[[], dict[str, Any]], frames: str = "'none'") -> HTMLResponse:
    """A page of what `read` finds, or of why it finds nothing."""
    status = 200
    try:
        content: dict[str, Any] = read()
    except Exception as error:  # whatever it is, people are told what and what to do
        content, status = {"trouble": trouble_of(error)}, 503
    frames = content.get("frames") or frames
    html = TEMPLATES.get_template(name).render(**content)
    headers = {"Content-Security-Policy": POLICY.format(frames=frames), "Cache-Control": "no-store"}
    return HTMLResponse(html, status, headers)


@app.get("/ledger", dependencies=[Depends(requires_access_dag("GET", param_dag_id="order_lake"))])
def ledger_page(before: Annotated[str | None, Query(pattern=r"^[0-9T_-]{27}$")] = None) -> HTMLResponse:
    """The newest windows, loads and refreshes; with `before`, the windows before one."""
    return _page("ledger.html", lambda: ledger.content(before))


@app.get("/ledger/pending", dependencies=[Depends(requires_access_dag("GET", param_dag_id="order_lake"))])
def pending() -> JSONResponse:
    """The order days that are not loaded as the lake has them. It reads the whole ledger, so the page asks later."""
    try:
        return JSONResponse(ledger.pending())
    except Exception as error:
        trouble: Trouble = trouble_of(error)
        return JSONResponse({"detail": trouble.what}, 503)


@app.get("/dashboards", dependencies=[Depends(requires_access_dag("GET", param_dag_id="sales_dashboards"))])
def dashboards_page(
    show: Annotated[str | None, Query(pattern="^[0-9A-Za-z_-]+$", max_length=512)] = None,
) -> HTMLResponse:
    """The dashboards there are, and one of them shown if local_aws draws it."""
    return _page("dashboards.html", lambda: dashboards.content(show))
