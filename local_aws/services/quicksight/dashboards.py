"""Dashboards, their versions and which one is published. The Definition is kept as it was sent, untouched.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDashboard.html (the first version is
published), API_UpdateDashboard.html (makes a version that is not published), API_UpdateDashboardPublishedVersion.html,
API_DescribeDashboard.html (without a number: the published version), API_DashboardError.html,
API_ValidationStrategy.html. Deviates: LENIENT skips the same checks that STRICT makes, so a version with errors of its
Definition is CREATION_SUCCESSFUL and lists them; which ones the service skips is not published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from local_aws.dashboards.definition import only
from local_aws.errors import AwsError
from local_aws.jobs import Job
from local_aws.services.quicksight.definitions import DefinitionOperations, check_definition, is_lenient
from local_aws.services.quicksight.resources import (
    Params,
    Resource,
    kept_permissions,
    kept_tags,
    missing,
    page,
)


@dataclass
class Version:
    """One version of a dashboard."""

    number: int
    arn: str
    created: datetime
    definition: Params
    options: Params
    description: str | None
    theme_arn: str | None = None
    parameters: Params = field(default_factory=dict)
    lenient: bool = False
    status: str = "CREATION_IN_PROGRESS"
    errors: list[Params] = field(default_factory=list)


@dataclass
class Dashboard(Resource):
    """A dashboard: a resource with versions."""

    versions: dict[int, Version] = field(default_factory=dict)
    published: int | None = None
    published_at: datetime | None = None
    link_permissions: dict[str, list[str]] = field(default_factory=dict)

    def version(self, number: int | None) -> Version:
        """A version by number, the published one without. :raises AwsError: `ResourceNotFoundException`."""
        found = self.versions.get(number if number is not None else self.published or 1)
        if found is None:
            raise missing("dashboard version", f"{self.id}/{number or 'published'}")
        return found


class DashboardOperations(DefinitionOperations):
    def create_dashboard(self, params: Params) -> Params:
        self.own(params)
        check_definition(params)
        _check_overrides(params)
        dashboard_id = params["DashboardId"]
        with self.lock:
            self.refuse_used("dashboard", dashboard_id)
            now, arn = self.lake.clock.now(), self.new_arn("dashboard", dashboard_id)
            found = Dashboard("dashboard", dashboard_id, arn, params["Name"], now, now, {})
            found.permissions, found.tags = kept_permissions(params), kept_tags(params)
            found.link_permissions = kept_permissions(params.get("LinkSharingConfiguration") or {})
            self.resources["dashboard"][dashboard_id] = found
            version = self._add(found, params)
        return self._made(found, version, 202)

    def update_dashboard(self, params: Params) -> Params:
        self.own(params)
        check_definition(params)
        _check_overrides(params)
        found: Dashboard = self.find("dashboard", params["DashboardId"])
        with self.lock:
            found.name, found.updated = params["Name"], self.lake.clock.now()
            version = self._add(found, params)
        return self._made(found, version, 200)

    def update_dashboard_published_version(self, params: Params) -> Params:
        self.own(params)
        found: Dashboard = self.find("dashboard", params["DashboardId"])
        version = found.version(params["VersionNumber"])
        if version.status != "CREATION_SUCCESSFUL":
            message = f"Version {version.number} of the dashboard {found.id} is {version.status}"
            raise AwsError("ConflictException", message, 409)
        found.published, found.published_at = version.number, self.lake.clock.now()
        return self.answered(DashboardId=found.id, DashboardArn=found.arn)

    def describe_dashboard(self, params: Params) -> Params:
        found, version = self._asked(params)
        declared = version.definition.get("DataSetIdentifierDeclarations") or ()
        sheets = version.definition.get("Sheets") or ()
        shape = {
            "DashboardId": found.id,
            "Arn": found.arn,
            "Name": found.name,
            "CreatedTime": found.created,
            "LastUpdatedTime": found.updated,
            "LastPublishedTime": found.published_at,
            "Version": {
                **_summary(version),
                "Errors": version.errors,
                "ThemeArn": version.theme_arn,
                "DataSetArns": [each["DataSetArn"] for each in declared],
                "Sheets": [{"SheetId": each["SheetId"], "Name": each.get("Name")} for each in sheets],
            },
        }
        return self.answered(Dashboard=shape)

    def describe_dashboard_definition(self, params: Params) -> Params:
        found, version = self._asked(params)
        return self.answered(
            DashboardId=found.id,
            Name=found.name,
            ResourceStatus=version.status,
            Errors=version.errors,
            ThemeArn=version.theme_arn,
            Definition=version.definition,
            DashboardPublishOptions=version.options or None,
        )

    def list_dashboards(self, params: Params) -> Params:
        self.own(params)
        found, token = page(list(self.resources["dashboard"].values()), params)
        return self.answered(DashboardSummaryList=[_listed(each) for each in found], NextToken=token)

    def search_dashboards(self, params: Params) -> Params:
        found, token = self.searched("dashboard", params)
        return self.answered(DashboardSummaryList=[_listed(each) for each in found], NextToken=token)

    def list_dashboard_versions(self, params: Params) -> Params:
        self.own(params)
        found: Dashboard = self.find("dashboard", params["DashboardId"])
        versions, token = page(sorted(found.versions.values(), key=lambda each: -each.number), params)
        return self.answered(DashboardVersionSummaryList=[_summary(each) for each in versions], NextToken=token)

    def delete_dashboard(self, params: Params) -> Params:
        """All of it, or one version; the published version goes only with the whole."""
        self.own(params)
        found: Dashboard = self.find("dashboard", params["DashboardId"])
        number = params.get("VersionNumber")
        if number is None:
            del self.resources["dashboard"][found.id]
        elif found.version(number).number == found.published:
            message = f"Version {number} of the dashboard {found.id} is the published one"
            raise AwsError("ConflictException", message, 409)
        else:
            del found.versions[number]
        return self.answered(Arn=found.arn, DashboardId=found.id)

    def _asked(self, params: Params) -> tuple[Dashboard, Version]:
        self.own(params)
        if params.get("AliasName") not in {None, "$PUBLISHED", "$LATEST"}:
            raise missing("dashboard alias", params["AliasName"])
        found: Dashboard = self.find("dashboard", params["DashboardId"])
        number = max(found.versions) if params.get("AliasName") == "$LATEST" else params.get("VersionNumber")
        return found, found.version(number)

    def _add(self, found: Dashboard, params: Params) -> Version:
        number = max(found.versions, default=0) + 1
        version = Version(
            number,
            f"{found.arn}/version/{number}",
            self.lake.clock.now(),
            params["Definition"],
            params.get("DashboardPublishOptions") or {},
            params.get("VersionDescription"),
            params.get("ThemeArn"),
            _overrides(params),
            is_lenient(params),
        )
        found.versions[number] = version
        self.lake.jobs.start(f"dashboard {found.id} {number}", lambda job: self._build(found, version, job))
        return version

    def recover_dashboards(self) -> None:
        """Build the versions that an earlier process had not finished."""
        for found in self.resources["dashboard"].values():
            for version in found.versions.values():
                if version.status == "CREATION_IN_PROGRESS":
                    version.errors = []
                    self.lake.jobs.start(f"dashboard {found.id}", partial(self._build, found, version))

    def _build(self, found: Dashboard, version: Version, job: Job) -> None:
        """Resolve what the Definition refers to; the first version that succeeds is published by itself."""
        version.errors, fatal = self.errors_of(f"{found.id} {version.number}", version.definition, version.lenient)
        with self.lock:
            version.status = "CREATION_FAILED" if fatal else "CREATION_SUCCESSFUL"
            if found.published is None and not fatal:
                found.published, found.published_at = version.number, self.lake.clock.now()

    def _made(self, found: Dashboard, version: Version, status: int) -> Params:
        return self.answered(
            status,
            Arn=found.arn,
            VersionArn=version.arn,
            DashboardId=found.id,
            CreationStatus="CREATION_IN_PROGRESS",
        )


def _listed(found: Dashboard) -> Params:
    """A `DashboardSummary`."""
    return {
        "Arn": found.arn,
        "DashboardId": found.id,
        "Name": found.name,
        "CreatedTime": found.created,
        "LastUpdatedTime": found.updated,
        "PublishedVersionNumber": found.published,
        "LastPublishedTime": found.published_at,
    }


def _overrides(params: Params) -> dict[str, list[Any]]:
    """Name → values of the request's `Parameters`: they stand in the place of the declared defaults."""
    given = params.get("Parameters") or {}
    return {each["Name"]: list(each["Values"]) for kind in given.values() for each in kind or ()}


def _check_overrides(params: Params) -> None:
    declared = params["Definition"].get("ParameterDeclarations") or ()
    kinds = {shape["Name"]: kind.removesuffix("Declaration") for kind, shape in map(only, declared)}
    for kind, values in (params.get("Parameters") or {}).items():
        for each in values or ():
            if kinds.get(each["Name"]) != kind.removesuffix("s"):
                message = f"The Definition declares no {kind.removesuffix('s')} {each['Name']!r}"
                raise AwsError("InvalidParameterValueException", message)


def _summary(version: Version) -> dict[str, Any]:
    return {
        "Arn": version.arn,
        "CreatedTime": version.created,
        "VersionNumber": version.number,
        "Status": version.status,
        "Description": version.description,
    }
