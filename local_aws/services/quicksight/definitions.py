"""What the service says of a dashboard's or an analysis' Definition: at once, or when the version is built.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardError.html,
API_ValidationStrategy.html. Deviates: see `dashboards` for what LENIENT skips.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from local_aws.dashboards.definition import Definition
from local_aws.dashboards.lint import Finding, findings, unions
from local_aws.dashboards.lint.finding import INVALID
from local_aws.dashboards.parameters import mappings
from local_aws.dashboards.themes import managed
from local_aws.errors import AwsError
from local_aws.services.quicksight.resources import Params, Resource, refuse
from local_aws.services.quicksight.searching import SearchOperations
from local_aws.spice import parameters
from local_aws.spice.types import Column

log = logging.getLogger("local_aws")


class DefinitionOperations(SearchOperations):
    def errors_of(self, name: str, definition: Params, lenient: bool) -> tuple[list[Params], bool]:
        """A Definition's errors as the API has them, and whether it fails by them. Warnings are logged."""
        by_arn = {each.arn: each for each in tuple(self.resources["data set"].values())}
        columns: dict[str, dict[str, Column] | None] = {}
        errors: list[Params] = []
        for declared in definition.get("DataSetIdentifierDeclarations") or ():
            identifier, data_set = declared["Identifier"], by_arn.get(declared["DataSetArn"])
            columns[identifier] = {each.name: each for each in data_set.body["plan"].columns} if data_set else None
            if data_set is None:
                message = f"Data set {identifier}: there is no {declared['DataSetArn']}"
                errors.append(Finding("DATA_SET_NOT_FOUND", f"dataSet/{identifier}", message).error())
        errors += _unmapped(definition, by_arn)
        fatal = bool(errors)
        for finding in findings(definition, columns):
            if finding.warning:
                log.warning("%s: %s: %s", name, finding.path, finding.message)
            elif finding.type != INVALID:
                errors.append(finding.error())
                fatal = fatal or not lenient
        return errors, fatal


def _unmapped(definition: Params, by_arn: Mapping[str, Resource]) -> list[Params]:
    """Errors of parameters that stand for parameters which their data sets do not declare."""
    arns = Definition(definition).data_sets
    errors = []
    for _, identifier, name in mappings(definition):
        data_set = by_arn.get(arns.get(identifier, ""))
        if data_set is not None and name not in parameters.declared(data_set.body):
            message = f"The data set {data_set.name} declares no parameter {name!r}"
            errors.append(Finding("PARAMETER_NOT_FOUND", f"dataSet/{identifier}/parameter/{name}", message).error())
    return errors


def check_definition(params: Params) -> None:
    """What the service refuses in the answer itself; the rest is found when the version is built."""
    refuse(params, "SourceEntity", "FolderArns", "LinkEntities")
    if not params.get("Definition"):
        raise AwsError("InvalidParameterValueException", "A dashboard needs a Definition or a SourceEntity")
    if params.get("ThemeArn"):
        managed(params["ThemeArn"])
    _check_parts(params["Definition"], is_lenient(params))


def _check_parts(definition: Params, lenient: bool) -> None:
    """What is of no kind is refused whatever the strategy: there is nothing to keep or to show."""
    found = unions.findings(Definition(definition)) if lenient else findings(definition, {})
    broken = [each for each in found if each.type == INVALID and not each.warning]
    if broken:
        said = "; ".join(f"{each.path}: {each.message}" for each in broken[:10])
        raise AwsError("InvalidParameterValueException", f"{len(broken)} faults in the Definition: {said}")


def is_lenient(params: Params) -> bool:
    return bool((params.get("ValidationStrategy") or {}).get("Mode") == "LENIENT")
