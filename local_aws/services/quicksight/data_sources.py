"""Data sources: where data sets read from. A source of an engine is tried with one statement, as QuickSight tries it.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDataSource.html (asynchronous: the answer
is CREATION_IN_PROGRESS, DescribeDataSource tells the outcome). Secrets are taken and not kept: no engine here asks one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.jobs import Job
from local_aws.services.quicksight.resources import (
    Params,
    Resource,
    kept_permissions,
    kept_tags,
    page,
    refuse,
)
from local_aws.services.quicksight.searching import SearchOperations
from local_aws.spice import manifests
from local_aws.spice.failures import Failed

PARAMETERS = {"ATHENA": "AthenaParameters", "REDSHIFT": "RedshiftParameters", "S3": "S3Parameters"}
"""Types of data sources that can be kept, with the member of `DataSourceParameters` that each needs."""


class DataSourceOperations(SearchOperations):
    def create_data_source(self, params: Params) -> Params:
        self.own(params)
        refuse(params, "FolderArns")
        source_id, kind = params["DataSourceId"], params["Type"]
        if kind not in PARAMETERS:
            raise Unsupported(f"QuickSight data sources of type {kind}")
        _check_parameters(kind, params.get("DataSourceParameters"))
        with self.lock:
            self.refuse_used("data source", source_id)
            now = self.lake.clock.now()
            body = {name: params[name] for name in _KEPT if name in params}
            body["SecretArn"] = (params.get("Credentials") or {}).get("SecretArn")
            arn = self.new_arn("data source", source_id)
            source = Resource("data source", source_id, arn, params["Name"], now, now, body)
            source.permissions, source.tags = kept_permissions(params), kept_tags(params)
            self.resources["data source"][source_id] = source
        self.lake.jobs.start(f"data source {source_id}", lambda job: self._try(source, "CREATION", job))
        status = "CREATION_IN_PROGRESS"
        return self.answered(202, Arn=source.arn, DataSourceId=source_id, CreationStatus=status)

    def update_data_source(self, params: Params) -> Params:
        self.own(params)
        source: Resource = self.find("data source", params["DataSourceId"])
        if params.get("DataSourceParameters"):
            _check_parameters(source.body["Type"], params["DataSourceParameters"])
        if source.status.endswith("IN_PROGRESS"):
            raise AwsError("ConflictException", f"The data source {source.id} is {source.status}", 409)
        source.name, source.updated, source.status = params["Name"], self.lake.clock.now(), "UPDATE_IN_PROGRESS"
        source.body.update({name: params[name] for name in _KEPT if name in params})
        if params.get("Credentials"):
            source.body["SecretArn"] = params["Credentials"].get("SecretArn")
        self.lake.jobs.start(f"data source {source.id}", lambda job: self._try(source, "UPDATE", job))
        return self.answered(202, Arn=source.arn, DataSourceId=source.id, UpdateStatus="UPDATE_IN_PROGRESS")

    def describe_data_source(self, params: Params) -> Params:
        self.own(params)
        return self.answered(DataSource=_shape(self.find("data source", params["DataSourceId"])))

    def list_data_sources(self, params: Params) -> Params:
        self.own(params)
        found, token = page(list(self.resources["data source"].values()), params)
        return self.answered(DataSources=[_shape(each) for each in found], NextToken=token)

    def search_data_sources(self, params: Params) -> Params:
        found, token = self.searched("data source", params)
        summaries = [
            {
                "Arn": each.arn,
                "DataSourceId": each.id,
                "Name": each.name,
                "Type": each.body["Type"],
                "CreatedTime": each.created,
                "LastUpdatedTime": each.updated,
            }
            for each in found
        ]
        return self.answered(DataSourceSummaries=summaries, NextToken=token)

    def delete_data_source(self, params: Params) -> Params:
        """Data sets that read from it stay, and fail at their next ingestion, as on AWS."""
        self.own(params)
        source = self.find("data source", params["DataSourceId"])
        del self.resources["data source"][source.id]
        return self.answered(Arn=source.arn, DataSourceId=source.id)

    def recover_data_sources(self) -> None:
        """Try again the sources that an earlier process had not come to try."""
        for source in self.resources["data source"].values():
            if source.status.endswith("_IN_PROGRESS"):
                what = source.status.removesuffix("_IN_PROGRESS")
                self.lake.jobs.start(f"data source {source.id}", partial(self._try, source, what))

    def _try(self, source: Resource, what: str, job: Job) -> None:
        """Ask the engine for one row, or read the manifest: what is out of reach is told now, not by an ingestion."""
        kind = source.body["Type"]
        try:
            if kind == "S3":
                manifests.read(self.lake, source.body["DataSourceParameters"]["S3Parameters"])
            else:
                engine = self.lake.engines.get(kind)
                if engine is None:
                    raise Unsupported(f"{kind} as an engine")
                engine.fetch("SELECT 1", source.body["DataSourceParameters"][PARAMETERS[kind]])
            source.status, source.error = f"{what}_SUCCESSFUL", None
        except (AwsError, Unsupported, Failed) as error:
            source.error = {"Type": _cause(error), "Message": getattr(error, "message", str(error))}
            source.status = f"{what}_FAILED"
        except Exception as error:
            source.error = {"Type": "UNKNOWN", "Message": f"defect in local_aws: {type(error).__name__}: {error}"}
            source.status = f"{what}_FAILED"
            raise
        finally:
            source.updated = self.lake.clock.now()


_KEPT = ("Type", "DataSourceParameters", "VpcConnectionProperties", "SslProperties")


def _check_parameters(kind: str, parameters: dict[str, Any] | None) -> None:
    wanted = PARAMETERS[kind]
    if set(parameters or {}) != {wanted}:
        message = f"A data source of type {kind} needs DataSourceParameters with {wanted} alone"
        raise AwsError("InvalidParameterValueException", message)
    redshift = (parameters or {}).get("RedshiftParameters") or {}
    if kind == "REDSHIFT" and not redshift.get("ClusterId") and not (redshift.get("Host") and redshift.get("Port")):
        message = "RedshiftParameters need Host and Port, or ClusterId"
        raise AwsError("InvalidParameterValueException", message)


def _cause(error: Exception) -> str:
    """A `DataSourceErrorInfoType`."""
    if isinstance(error, Failed):
        return "UNKNOWN"
    code = getattr(error, "code", "")
    if code == "AccessDeniedException":
        return "ACCESS_DENIED"
    return "UNKNOWN_HOST" if code == "ResourceNotFoundException" else "GENERIC_SQL_FAILURE"


def _shape(source: Resource) -> Params:
    return {
        "Arn": source.arn,
        "DataSourceId": source.id,
        "Name": source.name,
        "Status": source.status,
        "CreatedTime": source.created,
        "LastUpdatedTime": source.updated,
        "ErrorInfo": source.error,
        **source.body,
    }
