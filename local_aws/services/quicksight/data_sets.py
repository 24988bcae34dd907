"""Data sets and their ingestions.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDataSet.html (a SPICE data set answers
the ingestion that it starts), API_UpdateDataSet.html (no partial update; starts an ingestion too),
API_CreateIngestion.html, API_CancelIngestion.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from local_aws.errors import Unsupported
from local_aws.services.quicksight.refreshing import RefreshOperations
from local_aws.services.quicksight.resources import (
    Params,
    Resource,
    kept_permissions,
    kept_tags,
    missing,
    page,
    refuse,
)
from local_aws.services.quicksight.searching import SearchOperations
from local_aws.services.quicksight.security import check_security
from local_aws.spice.ingestions import Ingestion
from local_aws.spice.preparation import Plan, plan
from local_aws.spice.transforms import invalid

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
    "UseAs",
)
_REFUSED = (
    "RowLevelPermissionTagConfiguration",
    "DatasetParameters",
    "FolderArns",
)


class DataSetOperations(RefreshOperations, SearchOperations):
    def create_data_set(self, params: Params) -> Params:
        self.own(params)
        prepared = self._prepared(params)
        set_id = params["DataSetId"]
        with self.lock:
            self.refuse_used("data set", set_id)
            now, arn = self.lake.clock.now(), self.new_arn("data set", set_id)
            data_set = Resource("data set", set_id, arn, params["Name"], now, now, _body(params, prepared))
            data_set.permissions, data_set.tags = kept_permissions(params), kept_tags(params)
            self.resources["data set"][set_id] = data_set
        ingestion = self._ingest(data_set, self.lake.new_id(), "INITIAL_INGESTION", manual=False)
        return self._started(data_set, ingestion)

    def update_data_set(self, params: Params) -> Params:
        """Whole replacement. The rows of before stay visible until the ingestion of the edit is complete."""
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        prepared = self._prepared(params)
        message = "The data set was edited while the ingestion ran"
        self.ingestions.stop_all(data_set.id, "REFRESH_SUPPRESSED_BY_EDIT", message)
        data_set.name, data_set.updated, data_set.body = params["Name"], self.lake.clock.now(), _body(params, prepared)
        ingestion = self._ingest(data_set, self.lake.new_id(), "EDIT", manual=False)
        return self._started(data_set, ingestion)

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
        self.refresh_properties.pop(data_set.id, None)
        self.spice.drop(data_set.id)
        return self.answered(Arn=data_set.arn, DataSetId=data_set.id)

    # ingestions
    def create_ingestion(self, params: Params) -> Params:
        self.own(params)
        data_set: Resource = self.find("data set", params["DataSetId"])
        kind = params.get("IngestionType") or "FULL_REFRESH"
        lookback = self.lookback(data_set) if kind == "INCREMENTAL_REFRESH" else None
        ingestion = self._ingest(data_set, params["IngestionId"], kind, manual=True, lookback=lookback)
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

    def _prepared(self, params: Params) -> Plan:
        refuse(params, *_REFUSED)
        if params["ImportMode"] != "SPICE":
            raise Unsupported(f"QuickSight data sets of import mode {params['ImportMode']}")
        prepared = plan(params)
        check_security(params, prepared, self.resources["data set"])
        known = {each.arn: each.body["Type"] for each in tuple(self.resources["data source"].values())}
        for source in prepared.sources:
            if source.data_source_arn not in known:
                raise missing("data source", source.data_source_arn)
            if (known[source.data_source_arn] == "S3") != (source.upload is not None):
                kind = known[source.data_source_arn]
                raise invalid(f"the physical table {source.physical_id!r} does not fit its data source of type {kind}")
        return prepared

    def _ingest(
        self,
        data_set: Resource,
        ingestion_id: str,
        request_type: str,
        manual: bool,
        lookback: tuple[str, timedelta] | None = None,
    ) -> Ingestion:
        def prepare() -> tuple[Plan, Mapping[str, Mapping[str, Any]]]:
            sources = tuple(self.resources["data source"].values())
            return data_set.body["plan"], {each.arn: each.body for each in sources}

        return self.ingestions.start(data_set.id, ingestion_id, prepare, request_type, manual, lookback)

    def _started(self, data_set: Resource, ingestion: Ingestion) -> Params:
        members = {"Arn": data_set.arn, "DataSetId": data_set.id}
        return self.answered(201, **members, IngestionArn=ingestion.arn, IngestionId=ingestion.id)


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
