"""The resources that a request names, service by service, as the ARNs of policies spell them.

Each function takes the request's parameters, the operation and the place (`region:account:`), and returns ARNs, or
what follows the place in one of the service. Nothing is returned where a request names no resource, or where its ARN
holds an id that the request does not (a workgroup's of Redshift Serverless).
Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Params = dict[str, Any]


def _athena(params: Params, action: str, place: str) -> list[str]:
    if name := params.get("WorkGroup"):
        return [f"workgroup/{name}"]
    return ["workgroup/primary"] if "QueryString" in params else []


def _glue(params: Params, action: str, place: str) -> list[str]:
    """A table needs leave for its database and the catalog too.

    Evidence: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    given = params.get("DatabaseInput") or {}
    database = params.get("DatabaseName") or given.get("Name")
    table = params.get("TableName") or (params.get("TableInput") or {}).get("Name")
    if "DatabaseName" not in params and not given:
        return []
    if table is None and "DatabaseName" in params:
        table = params.get("Name")
    found = ["catalog", f"database/{database}"]
    return [*found, f"table/{database}/{table}"] if table else found


def _firehose(params: Params, action: str, place: str) -> list[str]:
    name = params.get("DeliveryStreamName")
    return [f"deliverystream/{name}"] if name else []


def _kinesis(params: Params, action: str, place: str) -> list[str]:
    if arn := params.get("StreamARN"):
        return [str(arn)]
    return [f"stream/{params['StreamName']}"] if "StreamName" in params else []


def _secrets(params: Params, action: str, place: str) -> list[str]:
    """A secret that is named without its ARN has six characters at its end that only the base knows.

    Evidence: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
    """
    name = params.get("SecretId") or params.get("Name")
    if not name:
        return []
    return [str(name)] if str(name).startswith("arn:") else [f"secret:{name}-??????"]


def _logs(params: Params, action: str, place: str) -> list[str]:
    name = params.get("logGroupName")
    return [f"log-group:{name}"] if name else []


def _cloudformation(params: Params, action: str, place: str) -> list[str]:
    """A stack that is named without its ARN has an id at its end that the request does not have.

    Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """
    name = str(params.get("StackName") or params.get("StackId") or "")
    if name.startswith("arn:") or not name:
        return [name] if name else []
    return [f"stack/{name}/*"]


_DESCRIBED_ALONE = {"DescribeLoggingStatus", "DescribeResize"}
"""Redshift's operations that begin with Describe and are allowed cluster by cluster; the others know no resource."""


def _redshift(params: Params, action: str, place: str) -> list[str]:
    """Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshift.html"""
    if action.startswith("Describe") and action not in _DESCRIBED_ALONE:
        return []
    cluster = params.get("ClusterIdentifier")
    if action.startswith("GetClusterCredentials"):
        found = [f"dbuser:{cluster}/{params['DbUser']}"] if "DbUser" in params else []
        found += [f"dbname:{cluster}/{params['DbName']}"] if "DbName" in params else []
        return found + [f"dbgroup:{cluster}/{each}" for each in params.get("DbGroups", [])]
    if action.endswith("ClusterSubnetGroup"):
        return [f"subnetgroup:{params.get('ClusterSubnetGroupName')}"]
    if "ParameterGroup" in action and "ParameterGroupName" in params:
        return [f"parametergroup:{params['ParameterGroupName']}"]
    if action.endswith("ClusterSnapshot") and "SnapshotIdentifier" in params:
        of = params.get("ClusterIdentifier") or params.get("SnapshotClusterIdentifier") or "*"
        return [f"snapshot:{of}/{params['SnapshotIdentifier']}"]
    if arn := params.get("ResourceName"):
        return [str(arn)]
    return [f"cluster:{cluster}"] if cluster else []


def _redshift_data(params: Params, action: str, place: str) -> list[str]:
    """Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html"""
    cluster = params.get("ClusterIdentifier")
    return [f"arn:aws:redshift:{place}cluster:{cluster}"] if cluster else []


_QUICKSIGHT = {
    "DataSetId": "dataset",
    "DataSourceId": "datasource",
    "DashboardId": "dashboard",
    "AnalysisId": "analysis",
    "TemplateId": "template",
    "ThemeId": "theme",
    "FolderId": "folder",
}


def _quicksight(params: Params, action: str, place: str) -> list[str]:
    """Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonquicksight.html"""
    if arn := params.get("ResourceArn"):
        return [str(arn)]
    data_set = params.get("DataSetId")
    if data_set and "IngestionId" in params:
        return [f"dataset/{data_set}/ingestion/{params['IngestionId']}"]
    if data_set and "ScheduleId" in params:
        return [f"dataset/{data_set}/refresh-schedule/{params['ScheduleId']}"]
    for member, kind in (("UserName", "user"), ("GroupName", "group")):
        if member in params and "Namespace" in params:
            return [f"{kind}/{params['Namespace']}/{params[member]}"]
    return next(([f"{kind}/{params[each]}"] for each, kind in _QUICKSIGHT.items() if params.get(each)), [])


RESOURCES: dict[str, Callable[[Params, str, str], list[str]]] = {
    "athena": _athena,
    "cloudformation": _cloudformation,
    "firehose": _firehose,
    "glue": _glue,
    "kinesis": _kinesis,
    "logs": _logs,
    "quicksight": _quicksight,
    "redshift": _redshift,
    "redshift-data": _redshift_data,
    "secretsmanager": _secrets,
}
"""botocore's name of a service → how its requests' resources are found."""
