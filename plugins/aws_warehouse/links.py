"""Links from a task to what it started: in the AWS console, or in local_aws' own where the connection names one.

The provider's `AthenaQueryResultsLink` is stored by an `execute` that ours replace, and it has none for crawls,
statements of the Redshift Data API and ingestions. A link is stored when a try ends, also a failed one.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

DOMAINS = {"cn-": "amazonaws.cn", "us-gov-": "amazonaws-us-gov.com"}
"""Consoles of the partitions beside `aws` (https://docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html),
by the beginning of their regions."""


def endpoint_of(hook: Any) -> str | None:
    """Where a browser finds local_aws, if the hook's connection names it; None is AWS."""
    from aws_warehouse.settings import SETTINGS

    url: str | None = hook.conn_config.endpoint_url
    return (SETTINGS.local_aws_url or url) if url else None


def console(region: str) -> str:
    """The console of a region's partition."""
    domain = next((name for start, name in DOMAINS.items() if region.startswith(start)), "aws.amazon.com")
    return f"https://{region}.console.{domain}"


def local(endpoint: str, *parts: str) -> str:
    """A page of local_aws' console."""
    return "/".join([endpoint.rstrip("/"), "_local_aws/console", *(quote(part, safe="") for part in parts)])


def athena_query(region: str, endpoint: str | None, query: str) -> str:
    if endpoint:
        return local(endpoint, "athena", query)
    return f"{console(region)}/athena/home?region={region}#/query-editor/history/{quote(query)}"


def crawler(region: str, endpoint: str | None, name: str) -> str:
    if endpoint:
        return local(endpoint, "crawlers")
    return f"{console(region)}/glue/home?region={region}#/v2/data-catalog/crawlers/view/{quote(name)}"


def redshift_statement(region: str, endpoint: str | None, statement: str) -> str:
    """AWS has no page for one statement of the Data API: the query editor is where its history is."""
    if endpoint:
        return local(endpoint, "redshift", statement)
    return f"{console(region)}/sqlworkbench/home?region={region}#/client"


def quicksight_home(region: str) -> str:
    domain = next((name for start, name in DOMAINS.items() if region.startswith(start)), "aws.amazon.com")
    return f"https://{region}.quicksight.{domain}/sn"


def data_set(region: str, endpoint: str | None, name: str) -> str:
    """Where the ingestions of a data set are listed."""
    return local(endpoint, "quicksight") if endpoint else f"{quicksight_home(region)}/data-sets/{quote(name)}/view"


def dashboard(region: str, endpoint: str | None, account: str, name: str) -> str:
    if endpoint:
        return f"{endpoint.rstrip('/')}/dashboards/{account}/{quote(name)}"
    return f"{quicksight_home(region)}/dashboards/{quote(name)}"


class JobLink(BaseOperatorLink):
    """The page of the last remote job that the task started."""

    name: ClassVar[str]

    @abstractmethod
    def url(self, job: dict[str, Any], region: str, endpoint: str | None) -> str:
        """The page of one job, as the operator's trigger knows it."""

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        jobs = getattr(operator, "jobs", [])
        if not jobs:
            return ""
        from aws_warehouse.connection import hook_for

        hook = hook_for("sts", operator.aws)
        return self.url(jobs[-1], hook.region_name or "us-east-1", endpoint_of(hook))


class AthenaQueryLink(JobLink):
    name = "Athena query"

    def url(self, job: dict[str, Any], region: str, endpoint: str | None) -> str:
        return athena_query(region, endpoint, job["id"])


class CrawlerLink(JobLink):
    name = "Glue crawler"

    def url(self, job: dict[str, Any], region: str, endpoint: str | None) -> str:
        return crawler(region, endpoint, job["crawler"])


class RedshiftStatementLink(JobLink):
    name = "Redshift statement"

    def url(self, job: dict[str, Any], region: str, endpoint: str | None) -> str:
        return redshift_statement(region, endpoint, job["id"])


class IngestionLink(JobLink):
    name = "SPICE ingestion"

    def url(self, job: dict[str, Any], region: str, endpoint: str | None) -> str:
        return data_set(region, endpoint, job["data_set"])


class DashboardLink(JobLink):
    name = "Dashboard"

    def url(self, job: dict[str, Any], region: str, endpoint: str | None) -> str:
        from aws_warehouse.settings import SETTINGS

        return dashboard(region, endpoint, job["account"], SETTINGS.dashboard)
