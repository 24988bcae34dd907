"""What a data set is made of: its plan, checked when it is created or updated, and what its sources can name.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDataSet.html,
API_DataSetUsageConfiguration.html (which children a data set can have),
https://docs.aws.amazon.com/quick/latest/userguide/spice-only-features.html (steps that a direct query cannot have).
Refused by name: parents with row-level or column-level security, whose children would have to inherit it.
"""

from __future__ import annotations

from local_aws.errors import Unsupported
from local_aws.services.quicksight.resources import Params, Resource, missing, refuse
from local_aws.services.quicksight.schedules import ScheduleOperations
from local_aws.services.quicksight.security import check_security
from local_aws.spice.fetching import Origins, Parent
from local_aws.spice.parameters import Given, bound
from local_aws.spice.preparation import Plan, plan
from local_aws.spice.transforms import invalid

_REFUSED = ("RowLevelPermissionTagConfiguration", "FolderArns")
_SPICE_ONLY = ("AppendStep", "AggregateStep", "PivotStep", "UnpivotStep")


class PreparingOperations(ScheduleOperations):
    def prepared(self, params: Params) -> Plan:
        """The plan of a request, with its parameters' default values.

        :raises AwsError: for what does not fit together, or is not there. :raises Unsupported: by the feature's name.
        """
        refuse(params, *_REFUSED)
        made = self._plan(params)
        check_security(params, made, self.resources["data set"])
        self._check_sources(made)
        self._check_parents(params, made)
        if params["ImportMode"] != "SPICE":
            _check_direct(params, made)
        return made

    def plan_of(self, data_set: Resource, given: Given | None = None) -> Plan:
        """A data set's plan with values of its parameters; with the defaults it is kept."""
        return self._plan(data_set.body, given) if given else data_set.body["plan"]

    def origins(self) -> Origins:
        """What sources can name now."""
        data_sources = {each.arn: each.body for each in tuple(self.resources["data source"].values())}
        data_sets = {
            each.arn: Parent(each.id, each.name, each.body["plan"], each.body["ImportMode"] != "SPICE")
            for each in tuple(self.resources["data set"].values())
        }
        return Origins(data_sources, data_sets)

    def _plan(self, definition: Params, given: Given | None = None) -> Plan:
        parents = {each.arn: each.body["plan"].columns for each in tuple(self.resources["data set"].values())}
        return plan(bound(definition, given), parents)

    def _check_sources(self, made: Plan) -> None:
        known = {each.arn: each.body["Type"] for each in tuple(self.resources["data source"].values())}
        for source in made.sources:
            if source.parent is not None:
                continue
            if source.data_source_arn not in known:
                raise missing("data source", source.data_source_arn)
            kind = known[source.data_source_arn]
            if (kind == "S3") != (source.upload is not None):
                raise invalid(f"the physical table {source.physical_id!r} does not fit its data source of type {kind}")

    def _check_parents(self, params: Params, made: Plan) -> None:
        own = self.new_arn("data set", params["DataSetId"])
        switch = "DisableUseAsImportedSource" if params["ImportMode"] == "SPICE" else "DisableUseAsDirectQuerySource"
        for source in made.sources:
            parent = self.by_arn(source.parent) if source.parent else None
            if parent is None:
                continue
            if (parent.body.get("DataSetUsageConfiguration") or {}).get(switch):
                raise invalid(f"the data set {parent.name} cannot be used as a source ({switch})")
            if parent.body.get("RowLevelPermissionDataSet") or parent.body.get("ColumnLevelPermissionRules"):
                raise Unsupported(f"data sets over data sets with row-level or column-level security ({parent.name})")
            if own in self._ancestors(parent):
                raise invalid(f"the data set {params['DataSetId']} would be made of itself, by {parent.name}")

    def _ancestors(self, data_set: Resource) -> set[str]:
        """The ARNs of a data set and of all that it is made of."""
        found = {data_set.arn}
        for source in data_set.body["plan"].sources:
            parent = self.by_arn(source.parent) if source.parent else None
            found |= self._ancestors(parent) if parent else set()
        return found


def _check_direct(params: Params, made: Plan) -> None:
    for source in made.sources:
        if source.upload is not None:
            raise invalid("files in S3 are imported into SPICE; they cannot be queried directly")
    steps = (params.get("DataPrepConfiguration") or {}).get("TransformStepMap") or {}
    for step in steps.values():
        for kind in _SPICE_ONLY:
            if step.get(kind):
                raise invalid(f"a data set that is queried directly cannot have an {kind}: it is for SPICE only")
