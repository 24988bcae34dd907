"""Workgroups, their settings and tags.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any

from local_aws.errors import AwsError
from local_aws.services.athena import pages
from local_aws.services.base import Service

Params = dict[str, Any]
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


class WorkGroups(Service, ABC):
    """The operations on workgroups."""

    def start_workgroups(self) -> None:
        self._workgroups: dict[str, Params] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._add("primary", {"EnforceWorkGroupConfiguration": False}, "")

    @staticmethod
    def invalid_request(message: str, code: str = "INVALID_INPUT") -> AwsError:
        return AwsError("InvalidRequestException", message, AthenaErrorCode=code)

    def workgroup(self, name: str) -> Params:
        """The workgroup's shape. :raises AwsError: `InvalidRequestException`."""
        if name not in self._workgroups:
            raise self.invalid_request(f"WorkGroup {name} is not found.", "WORKGROUP_NOT_FOUND")
        return self._workgroups[name]

    def enabled_workgroup(self, name: str) -> Params:
        found = self.workgroup(name)
        if found["State"] != "ENABLED":
            raise self.invalid_request(f"WorkGroup {name} is disabled.")
        return found

    def _add(self, name: str, configuration: Params, description: str) -> None:
        defaults: Params = {"EnforceWorkGroupConfiguration": True, "PublishCloudWatchMetricsEnabled": True}
        defaults |= {"RequesterPaysEnabled": False, "EngineVersion": ENGINE}
        self._workgroups[name] = {
            "Name": name,
            "State": "ENABLED",
            "Configuration": self._checked({**defaults, **copy.deepcopy(configuration)}),
            "Description": description,
            "CreationTime": self.lake.clock.now(),
        }

    def _checked(self, configuration: Params) -> Params:
        location = configuration.get("ResultConfiguration", {}).get("OutputLocation")
        if location is not None and not location.startswith("s3://"):
            raise self.invalid_request(f"outputLocation is not a valid S3 path: {location}")
        selected = configuration.get("EngineVersion", {}).get("SelectedEngineVersion", "AUTO")
        if selected not in ENGINE.values():
            raise self.invalid_request(f"local_aws does not support the engine version {selected}")
        configuration["EngineVersion"] = {**ENGINE, **configuration.get("EngineVersion", {})}
        return configuration

    def create_work_group(self, params: Params) -> Params:
        name = params["Name"]
        if name in self._workgroups:
            raise self.invalid_request("WorkGroup is already created", "WORKGROUP_ALREADY_EXISTS")
        self._add(name, params.get("Configuration", {}), params.get("Description", ""))
        self._tags[self._arn(name)] = {tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", [])}
        return {}

    def _arn(self, name: str) -> str:
        return self.lake.arn("athena", f"workgroup/{name}")

    def get_work_group(self, params: Params) -> Params:
        return {"WorkGroup": copy.deepcopy(self.workgroup(params["WorkGroup"]))}

    def list_work_groups(self, params: Params) -> Params:
        rows = [
            {**{key: each[key] for key in ("Name", "State", "Description", "CreationTime")}, "EngineVersion": ENGINE}
            for _, each in sorted(self._workgroups.items())
        ]
        return pages.paged("WorkGroups", rows, params, 50)

    def list_engine_versions(self, params: Params) -> Params:
        """Evidence: https://docs.aws.amazon.com/athena/latest/ug/engine-versions.html"""
        version = ENGINE["EffectiveEngineVersion"]
        rows = [ENGINE, {"SelectedEngineVersion": version, "EffectiveEngineVersion": version}]
        return pages.paged("EngineVersions", rows, params, 10)

    def update_work_group(self, params: Params) -> Params:
        found = self.workgroup(params["WorkGroup"])
        for key in ("State", "Description"):
            if params.get(key) is not None:
                found[key] = params[key]
        updates = dict(params.get("ConfigurationUpdates", {}))
        results = updates.pop("ResultConfigurationUpdates", None)
        configuration = copy.deepcopy(found["Configuration"])
        if updates.pop("RemoveBytesScannedCutoffPerQuery", False):
            configuration.pop("BytesScannedCutoffPerQuery", None)
        if results is not None:
            kept = configuration.setdefault("ResultConfiguration", {})
            for key, value in results.items():
                if key.startswith("Remove"):
                    if value:
                        kept.pop(key.removeprefix("Remove"), None)
                else:
                    kept[key] = value
        found["Configuration"] = self._checked({**configuration, **updates})
        return {}

    def delete_work_group(self, params: Params) -> Params:
        name = params["WorkGroup"]
        self.workgroup(name)
        if name == "primary":
            raise self.invalid_request("WorkGroup primary cannot be deleted")
        if not params.get("RecursiveDeleteOption") and self.has_contents(name):
            raise self.invalid_request(f"WorkGroup {name} is not empty")
        self.forget(name)
        self._tags.pop(self._arn(name), None)
        del self._workgroups[name]
        return {}

    @abstractmethod
    def has_contents(self, name: str) -> bool:
        """Whether saved queries or executions belong to a workgroup."""

    @abstractmethod
    def forget(self, name: str) -> None:
        """Drop what belongs to a workgroup."""

    # tags
    def _tagged(self, arn: str) -> dict[str, str]:
        name = arn.rpartition("workgroup/")[2]
        if "workgroup/" not in arn or name not in self._workgroups:
            raise AwsError("ResourceNotFoundException", f"Resource {arn} not found", ResourceName=arn)
        return self._tags.setdefault(self._arn(name), {})

    def tag_resource(self, params: Params) -> Params:
        self._tagged(params["ResourceARN"]).update({tag["Key"]: tag.get("Value", "") for tag in params["Tags"]})
        return {}

    def untag_resource(self, params: Params) -> Params:
        found = self._tagged(params["ResourceARN"])
        for key in params["TagKeys"]:
            found.pop(key, None)
        return {}

    def list_tags_for_resource(self, params: Params) -> Params:
        rows = [{"Key": key, "Value": text} for key, text in self._tagged(params["ResourceARN"]).items()]
        return pages.paged("Tags", rows, params, 75)
