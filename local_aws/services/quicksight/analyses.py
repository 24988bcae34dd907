"""Analyses: a Definition that its authors work on. Checked as a dashboard's is; it has no versions and is not drawn.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateAnalysis.html, API_DeleteAnalysis.html
(it can be restored within its recovery window, 30 days unless said otherwise), API_RestoreAnalysis.html,
API_SearchAnalyses.html.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from local_aws.errors import AwsError
from local_aws.jobs import Job
from local_aws.services.quicksight.dashboards import DashboardOperations
from local_aws.services.quicksight.definitions import check_definition
from local_aws.services.quicksight.resources import Params, Resource, kept_permissions, kept_tags, missing, page

KIND, RECOVERY_DAYS = "analysis", 30


class AnalysisOperations(DashboardOperations):
    def create_analysis(self, params: Params) -> Params:
        self.own(params)
        check_definition(params)
        analysis_id = params["AnalysisId"]
        with self.lock:
            self.refuse_used(KIND, analysis_id)
            now, arn = self.lake.clock.now(), self.new_arn(KIND, analysis_id)
            found = Resource(KIND, analysis_id, arn, params["Name"], now, now, _body(params))
            found.permissions, found.tags = kept_permissions(params), kept_tags(params)
            self.resources[KIND][analysis_id] = found
        self._start(found, "CREATION")
        return self._answered_analysis(found, "CreationStatus")

    def update_analysis(self, params: Params) -> Params:
        self.own(params)
        check_definition(params)
        found = self._live(params)
        with self.lock:
            found.name, found.updated, found.body = params["Name"], self.lake.clock.now(), _body(params)
        self._start(found, "UPDATE")
        return self._answered_analysis(found, "UpdateStatus")

    def describe_analysis(self, params: Params) -> Params:
        self.own(params)
        found = self._kept(params)
        definition = found.body["Definition"]
        declared = definition.get("DataSetIdentifierDeclarations") or ()
        sheets = definition.get("Sheets") or ()
        shape = {
            **_summary(found),
            "Errors": found.body["errors"],
            "DataSetArns": [each["DataSetArn"] for each in declared],
            "ThemeArn": found.body["ThemeArn"],
            "Sheets": [{"SheetId": each["SheetId"], "Name": each.get("Name")} for each in sheets],
        }
        return self.answered(Analysis=shape)

    def describe_analysis_definition(self, params: Params) -> Params:
        self.own(params)
        found = self._kept(params)
        return self.answered(
            AnalysisId=found.id,
            Name=found.name,
            Errors=found.body["errors"],
            ResourceStatus=found.status,
            ThemeArn=found.body["ThemeArn"],
            Definition=found.body["Definition"],
        )

    def list_analyses(self, params: Params) -> Params:
        self.own(params)
        self._forget_past()
        found, token = page(list(self.resources[KIND].values()), params)
        return self.answered(AnalysisSummaryList=[_summary(each) for each in found], NextToken=token)

    def search_analyses(self, params: Params) -> Params:
        self._forget_past()
        found, token = self.searched(KIND, params)
        return self.answered(AnalysisSummaryList=[_summary(each) for each in found], NextToken=token)

    def delete_analysis(self, params: Params) -> Params:
        """It is kept for its recovery window, marked as deleted, unless the deletion is forced."""
        self.own(params)
        found = self._live(params)
        force, days = params.get("ForceDeleteWithoutRecovery"), params.get("RecoveryWindowInDays")
        if force and days:
            message = "Give RecoveryWindowInDays or ForceDeleteWithoutRecovery, not both"
            raise AwsError("InvalidParameterValueException", message)
        ends = self.lake.clock.now() + timedelta(days=days or RECOVERY_DAYS)
        if force:
            del self.resources[KIND][found.id]
        else:
            found.status, found.body["ends"] = "DELETED", ends
        return self.answered(Arn=found.arn, AnalysisId=found.id, DeletionTime=None if force else ends)

    def restore_analysis(self, params: Params) -> Params:
        self.own(params)
        found = self._kept(params)
        if found.status != "DELETED":
            raise AwsError("ConflictException", f"The analysis {found.id} is not deleted", 409)
        found.status = "UPDATE_SUCCESSFUL"
        return self.answered(Arn=found.arn, AnalysisId=found.id)

    def describe_analysis_permissions(self, params: Params) -> Params:
        return self._shared_analysis(self.mine(KIND, params, "AnalysisId"))

    def update_analysis_permissions(self, params: Params) -> Params:
        return self._shared_analysis(self.changed(KIND, params, "AnalysisId"))

    def recover_analyses(self) -> None:
        """Check those that an earlier process had not finished."""
        for found in self.resources[KIND].values():
            if found.status.endswith("_IN_PROGRESS"):
                self._start(found, found.status.partition("_")[0])

    def _shared_analysis(self, found: Resource) -> Params:
        held = [{"Principal": who, "Actions": actions} for who, actions in found.permissions.items()]
        return self.answered(AnalysisArn=found.arn, AnalysisId=found.id, Permissions=held)

    def _kept(self, params: Params) -> Resource:
        self._forget_past()
        found: Resource = self.find(KIND, params["AnalysisId"])
        return found

    def _live(self, params: Params) -> Resource:
        found = self._kept(params)
        if found.status == "DELETED":
            raise missing(KIND, found.id)
        return found

    def _forget_past(self) -> None:
        now = self.lake.clock.now()
        for each in tuple(self.resources[KIND].values()):
            if each.status == "DELETED" and each.body["ends"] <= now:
                del self.resources[KIND][each.id]

    def _start(self, found: Resource, what: str) -> None:
        found.status = f"{what}_IN_PROGRESS"
        self.lake.jobs.start(f"analysis {found.id}", partial(self._checked, found, what))

    def _checked(self, found: Resource, what: str, job: Job) -> None:
        errors, fatal = self.errors_of(found.id, found.body["Definition"], found.body["lenient"])
        with self.lock:
            found.body["errors"] = errors
            found.status = f"{what}_FAILED" if fatal else f"{what}_SUCCESSFUL"

    def _answered_analysis(self, found: Resource, member: str) -> Params:
        return self.answered(200, Arn=found.arn, AnalysisId=found.id, **{member: found.status})


def _body(params: Params) -> dict[str, Any]:
    lenient = (params.get("ValidationStrategy") or {}).get("Mode") == "LENIENT"
    return {"Definition": params["Definition"], "ThemeArn": params.get("ThemeArn"), "errors": [], "lenient": lenient}


def _summary(found: Resource) -> Params:
    return {
        "Arn": found.arn,
        "AnalysisId": found.id,
        "Name": found.name,
        "Status": found.status,
        "CreatedTime": found.created,
        "LastUpdatedTime": found.updated,
    }
