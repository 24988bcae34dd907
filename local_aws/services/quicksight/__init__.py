"""Amazon QuickSight: data sources, data sets in SPICE, ingestions, dashboards, analyses; permissions and tags are kept.

Evidence: botocore's model of `quicksight` (2018-04-01) and https://docs.aws.amazon.com/quicksight/latest/APIReference/.
Everything else of the API is refused by its name.
"""

from __future__ import annotations

from typing import Any

from local_aws.services.base import INTERRUPTED
from local_aws.services.quicksight.analyses import AnalysisOperations
from local_aws.services.quicksight.data_sets import DataSetOperations
from local_aws.services.quicksight.data_sources import DataSourceOperations
from local_aws.services.quicksight.sharing import SharingOperations
from local_aws.services.quicksight.users import UserOperations


class QuickSight(DataSourceOperations, DataSetOperations, AnalysisOperations, SharingOperations, UserOperations):
    """The service; its operations are in the modules beside this one, one a concept."""

    name = "quicksight"
    unsupported = "InvalidParameterValueException"

    def kept_maps(self) -> tuple[tuple[str, dict[Any, Any]], ...]:
        kinds = tuple((kind, found) for kind, found in self.resources.items())
        more: dict[str, dict[Any, Any]] = {
            "refresh properties": self.refresh_properties,
            "refresh schedules": self.refresh_schedules,
            "ingestions": self.ingestions.kept,
            "users": self.users,
            "loaded": self.spice.kept,
        }
        return (*kinds, *more.items())

    def recover(self) -> None:
        """Ingestions that ran have failed; what was being checked is checked again."""
        self.ingestions.recover(INTERRUPTED)
        self.recover_schedules()
        self.recover_data_sources()
        self.recover_dashboards()
        self.recover_analyses()


__all__ = ["QuickSight"]
