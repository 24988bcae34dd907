"""Data sets and their ingestions.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDataSet.html (a SPICE data set answers
the ingestion that it starts; one that is queried directly has none), API_UpdateDataSet.html (no partial update; starts
an ingestion too), API_CreateIngestion.html, API_CancelIngestion.html.
"""

from __future__ import annotations

from datetime import timedelta

from local_aws.errors import AwsError
from local_aws.services.quicksight.preparing import PreparingOperations
from local_aws.services.quicksight.resources import (
    Params,
    Resource,
    kept_permissions,
    kept_tags,
    missing,
    page,
)
from local_aws.services.quicksight.searching import SearchOperations
from local_aws.spice.fetching import Origins
from local_aws.spice.ingestions import Ingestion
from local_aws.spice.preparation import Plan

_KEPT = (
    "PhysicalTableMap",
    "LogicalTableMap",
    "DataPrepConfiguration",
    "SemanticModelConfiguration",
    "ImportMode",
    "ColumnGroups",
    "FieldFolders",
    "DataSetUsageConfiguration",
    "PerformanceConfiguration",
    "RowLevelPermissionDataSet",
    "ColumnLevelPermissionRules",
    "DatasetParameters",
    "UseAs",
)


class DataSetOperations(PreparingOperations, SearchOperations):
    def create_data_set(self, params: Params) -> Params:
        self.own(params)
        prepared = self.prepared(params)
        set_id = params["DataSetId"]
        with self.lock:
            self.refuse_used("data set", set_id)
            now, arn = self.lake.clock.now(), self.new_arn("data set", set_id)
            data_set = Resource("data set", set_id, arn, params["Name"], now, now, _body(params, prepared))
            data_set.permissions, data_set.tags = kept_permissions(params), kept_tags(params)
            self.resources["data set"][set_id] = data_set
        return self._started(data_set, "INITIAL_INGESTION")

    def update_data_set(self, params: Params) -> Params:
        """Whole replacement. The rows of before stay visible until the ingestion of the edit is complete."""
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        prepared = self.prepared(params)
        message = "The data set was edited while the ingestion ran"
        self.ingestions.stop_all(data_set.id, "REFRESH_SUPPRESSED_BY_EDIT", message)
        data_set.name, data_set.updated, data_set.body = params["Name"], self.lake.clock.now(), _body(params, prepared)
        if params["ImportMode"] != "SPICE":
            self._leave_spice(data_set)
        return self._started(data_set, "EDIT")

    def describe_data_set(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        loaded = self.spice.loaded(data_set.id)
        prepared: Plan = data_set.body["plan"]
        shape = {
            **_summary(data_set),
            **data_set.body,
            "OutputColumns": [each.output() for each in prepared.columns],
            "ConsumedSpiceCapacityInBytes": loaded.size if loaded else 0,
        }
        return self.answered(DataSet=shape)

    def list_data_sets(self, params: Params) -> Params:
        self.own(params)
        found, token = page(list(self.resources["data set"].values()), params)
        return self.answered(DataSetSummaries=[_summary(each) for each in found], NextToken=token)

    def search_data_sets(self, params: Params) -> Params:
        found, token = self.searched("data set", params)
        return self.answered(DataSetSummaries=[_summary(each) for each in found], NextToken=token)

    def delete_data_set(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        self.ingestions.stop_all(data_set.id, "DATA_SET_DELETED", "The data set was deleted")
        del self.resources["data set"][data_set.id]
        self.ingestions.forget(data_set.id)
        self._leave_spice(data_set)
        return self.answered(Arn=data_set.arn, DataSetId=data_set.id)

    # ingestions
    def create_ingestion(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        kind = params.get("IngestionType") or "FULL_REFRESH"
        if data_set.body["ImportMode"] != "SPICE":
            message = f"The data set {data_set.id} is queried directly; it has no ingestions"
            raise AwsError("InvalidParameterValueException", message)
        lookback = self.lookback(data_set) if kind == "INCREMENTAL_REFRESH" else None
        ingestion = self.ingest(data_set, params["IngestionId"], kind, "MANUAL", lookback)
        status = "INITIALIZED" if ingestion.status != "QUEUED" else "QUEUED"
        return self.answered(201, Arn=ingestion.arn, IngestionId=ingestion.id, IngestionStatus=status)

    def describe_ingestion(self, params: Params) -> Params:
        self.own(params)
        return self.answered(Ingestion=self._ingestion(params).shape())

    def list_ingestions(self, params: Params) -> Params:
        self.own(params)
        self.find("data set", params["DataSetId"])
        found, token = page(self.ingestions.of(params["DataSetId"]), params)
        return self.answered(Ingestions=[each.shape() for each in found], NextToken=token)

    def cancel_ingestion(self, params: Params) -> Params:
        self.own(params)
        ingestion = self._ingestion(params)
        self.ingestions.cancel(ingestion.data_set_id, ingestion.id)
        return self.answered(Arn=ingestion.arn, IngestionId=ingestion.id)

    def _ingestion(self, params: Params) -> Ingestion:
        self.find("data set", params["DataSetId"])
        found = self.ingestions.get(params["DataSetId"], params["IngestionId"])
        if found is None:
            raise missing("ingestion", params["IngestionId"])
        return found

    def ingest(
        self,
        data_set: Resource,
        ingestion_id: str,
        request_type: str,
        source: str,
        lookback: tuple[str, timedelta] | None = None,
    ) -> Ingestion:
        def prepare() -> tuple[Plan, Origins]:
            return data_set.body["plan"], self.origins()

        return self.ingestions.start(data_set.id, ingestion_id, prepare, request_type, source, lookback)

    def _leave_spice(self, data_set: Resource) -> None:
        """A data set that is deleted, or queried directly from now on: no rows, no refreshes."""
        self.refresh_properties.pop(data_set.id, None)
        for schedule_id in self.schedules_of(data_set.id):
            self.forget_schedule((data_set.id, schedule_id))
        self.spice.drop(data_set.id)

    def _started(self, data_set: Resource, request_type: str) -> Params:
        """The answer to a create or update, with the ingestion that it starts."""
        members = {"Arn": data_set.arn, "DataSetId": data_set.id}
        if data_set.body["ImportMode"] == "SPICE":
            ingestion = self.ingest(data_set, self.lake.new_id(), request_type, "MANUAL")
            members |= {"IngestionArn": ingestion.arn, "IngestionId": ingestion.id}
        return self.answered(201, **members)


def _body(params: Params, prepared: Plan) -> Params:
    return {name: params[name] for name in _KEPT if name in params} | {"plan": prepared}


def _summary(data_set: Resource) -> Params:
    return {
        "Arn": data_set.arn,
        "DataSetId": data_set.id,
        "Name": data_set.name,
        "CreatedTime": data_set.created,
        "LastUpdatedTime": data_set.updated,
        "ImportMode": data_set.body["ImportMode"],
        "RowLevelPermissionDataSet": data_set.body.get("RowLevelPermissionDataSet"),
        "RowLevelPermissionTagConfigurationApplied": False,
        "ColumnLevelPermissionRulesApplied": bool(data_set.body.get("ColumnLevelPermissionRules")),
    }
