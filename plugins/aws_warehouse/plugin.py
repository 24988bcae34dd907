"""What this package adds to Airflow's UI: the pages Ledger and Dashboards, below /warehouse.

The loader of plugins imports this file in every process of Airflow, so the pages themselves are imported by the first
request alone. They are frames of the UI (`external_views`) and pages of their own as well
(https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/plugins.html).
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/warehouse"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application of the pages."""
    from aws_warehouse.ui.app import app

    await app(scope, receive, send)


class WarehousePlugin(AirflowPlugin):
    """Two entries in the navigation bar."""

    name = "aws_warehouse"
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Warehouse"}]  # noqa: RUF012 - as Airflow's base has it
    external_views = [  # noqa: RUF012
        {
            "name": title,
            "href": f"{PREFIX}/{route}",
            "destination": "nav",
            "url_route": f"warehouse-{route}",
            "nav_top_level": True,
            "icon": f"{PREFIX}/static/{route}.svg",
            "icon_dark_mode": f"{PREFIX}/static/{route}-dark.svg",
        }
        for title, route in (("Ledger", "ledger"), ("Dashboards", "dashboards"))
    ]
