"""Redshift Serverless' control plane: namespaces, workgroups, tags, temporary credentials.

Evidence: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from local_aws.errors import AwsError
from local_aws.lake import Lake
from local_aws.services.base import Service
from local_aws.sql.redshift.engine import RedshiftEngine

Params = dict[str, Any]


class RedshiftServerless(Service):
    name: ClassVar[str] = "redshift-serverless"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.engine = RedshiftEngine(lake)
        lake.engines["REDSHIFT"] = self.engine
        self._core = self.engine.serverless

    def kept_maps(self) -> tuple[tuple[str, dict[Any, Any]], ...]:
        core = self._core
        return (("namespaces", core.namespaces), ("workgroups", core.workgroups), ("tags", core.tags))

    def close(self) -> None:
        self.engine.close()

    def create_namespace(self, params: Params) -> Params:
        return {"namespace": self._core.create_namespace(params)}

    def get_namespace(self, params: Params) -> Params:
        return {"namespace": self._core.namespace(params["namespaceName"])}

    def list_namespaces(self, params: Params) -> Params:
        return _page("namespaces", list(self._core.namespaces.values()), params)

    def update_namespace(self, params: Params) -> Params:
        return {"namespace": self._core.update_namespace(params)}

    def delete_namespace(self, params: Params) -> Params:
        deleted = self._core.delete_namespace(params["namespaceName"])
        self.engine.forget(f"namespace-{deleted['namespaceId']}")
        return {"namespace": deleted}

    def create_workgroup(self, params: Params) -> Params:
        return {"workgroup": self._core.create_workgroup(params)}

    def get_workgroup(self, params: Params) -> Params:
        return {"workgroup": self._core.workgroup(params["workgroupName"])}

    def list_workgroups(self, params: Params) -> Params:
        return _page("workgroups", list(self._core.workgroups.values()), params)

    def update_workgroup(self, params: Params) -> Params:
        return {"workgroup": self._core.update_workgroup(params)}

    def delete_workgroup(self, params: Params) -> Params:
        return {"workgroup": self._core.delete_workgroup(params["workgroupName"])}

    def tag_resource(self, params: Params) -> Params:
        tags = self._core.tags_of(params["resourceArn"])
        tags.update({each["key"]: each["value"] for each in params["tags"]})
        return {}

    def untag_resource(self, params: Params) -> Params:
        tags = self._core.tags_of(params["resourceArn"])
        for key in params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, params: Params) -> Params:
        tags = self._core.tags_of(params["resourceArn"])
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def get_credentials(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html

        Deviates: the wire protocol that the password is for is not served.
        """
        seconds = params.get("durationSeconds", 900)
        if not 900 <= seconds <= 3600:
            raise AwsError("ValidationException", "durationSeconds must be between 900 and 3600")
        if not params.get("workgroupName"):
            raise AwsError("ValidationException", "workgroupName is required; local_aws knows no custom domains")
        self._core.workgroup(params["workgroupName"])
        now = self.lake.clock.now()
        return {
            "dbUser": "IAM:root",
            "dbPassword": self.lake.new_id().replace("-", ""),
            "expiration": now + timedelta(seconds=seconds),
            "nextRefreshTime": now + timedelta(seconds=seconds // 2),
        }


def _page(member: str, found: list[Params], params: Params) -> Params:
    start = int(params.get("nextToken") or 0) if str(params.get("nextToken") or "0").isdigit() else -1
    if start < 0:
        raise AwsError("ValidationException", "The pagination token is not valid.")
    end = start + params.get("maxResults", 100)
    return {member: found[start:end], "nextToken": str(end) if end < len(found) else None}
