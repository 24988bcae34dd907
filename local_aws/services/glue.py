"""AWS Glue: crawlers and classifiers, which really crawl, and the Data Catalog; the rest of Glue is the base's.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from local_aws import base
from local_aws.crawl import known_tables, schedule, settings
from local_aws.crawl.classifiers import Classifiers
from local_aws.crawl.crawlers import Crawlers, Entry, Run
from local_aws.crawl.log import LOG_GROUP
from local_aws.crawl.scheduler import Scheduler
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.objects import split_uri
from local_aws.services.base import INTERRUPTED
from local_aws.services.glue_catalog import CatalogOperations
from local_aws.services.glue_databases import DatabaseOperations
from local_aws.services.glue_indexes import PartitionIndexOperations
from local_aws.services.glue_shapes import INVALID, page
from local_aws.services.glue_statistics import ColumnStatisticsOperations

Shape = dict[str, Any]

CRAWLS_PAGE = 20
LARGEST_SAMPLE = 249

_DEFAULTS: Shape = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "GT": lambda left, right: left > right,
    "GE": lambda left, right: left >= right,
    "LT": lambda left, right: left < right,
    "LE": lambda left, right: left <= right,
    "EQ": lambda left, right: left == right,
    "NE": lambda left, right: left != right,
}


class Glue(DatabaseOperations, CatalogOperations, PartitionIndexOperations, ColumnStatisticsOperations):
    """Crawlers and classifiers.

    Deviates: `DPUHour` is 0.0, for none are used.
    """

    name = "glue"
    whole = False
    invalid = INVALID
    unsupported = INVALID

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.classifiers = Classifiers(lake.clock)
        self.crawlers = Crawlers(lake, self.classifiers)
        self.scheduler = Scheduler(lake.clock, self.crawlers.start)

    def close(self) -> None:
        self.scheduler.close()

    def kept_maps(self) -> tuple[tuple[str, dict[Any, Any]], ...]:
        return (
            ("classifiers", self.classifiers.kept),
            ("memories", self.crawlers.memories),
            ("crawlers", self.crawlers.kept),
            ("schedules", self.scheduler.kept),
        )

    def settled(self, name: str, entity: Any) -> bool:
        return name == "memories"

    def recover(self) -> None:
        self.crawlers.recover(INTERRUPTED)
        self.scheduler.recover()

    def start_job_run(self, params: Shape) -> Shape:
        """Jobs can be defined: definitions are the base's."""
        raise Unsupported("Glue's StartJobRun: Spark and Python shell jobs are not run")

    # crawlers
    def create_crawler(self, params: Shape) -> None:
        tags, expression = params.pop("Tags", None), params.pop("Schedule", None) or ""
        shape = {**_DEFAULTS, **params}
        if params["Targets"].get("CatalogTargets") and not params.get("Configuration"):
            shape["Configuration"] = known_tables.COMBINED
        self._check(shape)
        _check_schedule(expression)
        entry = self.crawlers.create(shape)
        self.scheduler.set(entry.name, expression)
        if tags:
            self._base.tag_resource(self._arn(entry), tags)

    def update_crawler(self, params: Shape) -> None:
        entry = self.crawlers.get(params["Name"])
        changes = {name: value for name, value in params.items() if name not in {"Name", "Schedule"}}
        shape = {**entry.shape, **changes}
        self._check(shape)
        _check_schedule(params.get("Schedule"))
        if settings.read(entry.shape).new_folders_only and shape["Targets"] != entry.shape["Targets"]:
            raise AwsError(INVALID, "The targets of a crawler that crawls new folders only cannot be changed.")
        self.crawlers.update(entry.name, changes)
        if params.get("Schedule") is not None:
            self.scheduler.set(entry.name, params["Schedule"])

    def delete_crawler(self, params: Shape) -> None:
        arn = self._arn(self.crawlers.get(params["Name"]))
        self.crawlers.delete(params["Name"])
        self.scheduler.set(params["Name"], "")
        self._base.untag_resource(arn, list(self._base.get_tags(arn)))

    def get_crawler(self, params: Shape) -> Shape:
        return {"Crawler": self._shown(self.crawlers.get(params["Name"]))}

    def get_crawlers(self, params: Shape) -> Shape:
        found, token = page([self._shown(each) for each in self.crawlers.all()], params)
        return {"Crawlers": found, "NextToken": token}

    def list_crawlers(self, params: Shape) -> Shape:
        wanted = (params.get("Tags") or {}).items()
        named = [each.name for each in self.crawlers.all() if wanted <= self._base.get_tags(self._arn(each)).items()]
        found, token = page(named, params)
        return {"CrawlerNames": found, "NextToken": token}

    def batch_get_crawlers(self, params: Shape) -> Shape:
        found = {name: self.crawlers.find(name) for name in params["CrawlerNames"]}
        return {
            "Crawlers": [self._shown(each) for each in found.values() if each is not None],
            "CrawlersNotFound": [name for name, each in found.items() if each is None],
        }

    def start_crawler(self, params: Shape) -> None:
        self.crawlers.start(params["Name"])

    def stop_crawler(self, params: Shape) -> None:
        self.crawlers.stop(params["Name"])

    def list_crawls(self, params: Shape) -> Shape:
        entry = self.crawlers.get(params["CrawlerName"])
        checks = [_crawl_filter(each) for each in params.get("Filters") or []]
        runs = [run for run in reversed(entry.runs) if all(check(run) for check in checks)]
        found, token = page([self._history(entry, run) for run in runs], params, CRAWLS_PAGE)
        return {"Crawls": found, "NextToken": token}

    def get_crawler_metrics(self, params: Shape) -> Shape:
        names = params.get("CrawlerNameList")
        entries = [each for each in self.crawlers.all() if not names or each.name in names]
        found, token = page([self._metrics(each) for each in entries], params)
        return {"CrawlerMetricsList": found, "NextToken": token}

    # schedules
    def start_crawler_schedule(self, params: Shape) -> None:
        self.scheduler.start(self.crawlers.get(params["CrawlerName"]).name)

    def stop_crawler_schedule(self, params: Shape) -> None:
        self.scheduler.stop(self.crawlers.get(params["CrawlerName"]).name)

    def update_crawler_schedule(self, params: Shape) -> None:
        self.scheduler.set(self.crawlers.get(params["CrawlerName"]).name, params.get("Schedule") or "")

    # classifiers
    def create_classifier(self, params: Shape) -> None:
        self.classifiers.create(params)

    def update_classifier(self, params: Shape) -> None:
        self.classifiers.update(params)

    def delete_classifier(self, params: Shape) -> None:
        self.classifiers.delete(params["Name"])

    def get_classifier(self, params: Shape) -> Shape:
        return {"Classifier": self.classifiers.get(params["Name"])}

    def get_classifiers(self, params: Shape) -> Shape:
        found, token = page(self.classifiers.all(), params)
        return {"Classifiers": found, "NextToken": token}

    # shapes
    @property
    def _base(self) -> Any:
        return base.backend("glue", self.lake.account_id, self.lake.region)

    def _arn(self, entry: Entry) -> str:
        return self.lake.arn("glue", f"crawler/{entry.name}")

    def _shown(self, entry: Entry) -> Shape:
        shown = {
            **entry.shape,
            "State": entry.state,
            "CrawlElapsedTime": 0,
            "Schedule": self.scheduler.shown(entry.name),
        }
        if entry.state != "READY":
            shown["CrawlElapsedTime"] = int(entry.runs[-1].seconds(self.lake.clock.now()) * 1000)
        ended = next((run for run in reversed(entry.runs) if run.ended is not None), None)
        if ended is not None:
            shown["LastCrawl"] = {
                "Status": {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED"}.get(ended.state, ended.state),
                "ErrorMessage": ended.error,
                "StartTime": ended.started,
                **_log_of(entry, ended),
            }
        return shown

    @staticmethod
    def _history(entry: Entry, run: Run) -> Shape:
        return {
            "CrawlId": run.crawl_id,
            "State": run.state,
            "StartTime": run.started,
            "EndTime": run.ended,
            "Summary": run.summary,
            "ErrorMessage": run.error,
            "DPUHour": 0.0,
            **_log_of(entry, run),
        }

    def _metrics(self, entry: Entry) -> Shape:
        now = self.lake.clock.now()
        ended = [run for run in entry.runs if run.ended is not None]
        last = ended[-1].counts if ended else {}
        return {
            "CrawlerName": entry.name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": entry.state == "RUNNING" and not ended,
            "LastRuntimeSeconds": ended[-1].seconds(now) if ended else 0.0,
            "MedianRuntimeSeconds": median(run.seconds(now) for run in ended) if ended else 0.0,
            "TablesCreated": last.get("ADD", 0),
            "TablesUpdated": last.get("UPDATE", 0),
            "TablesDeleted": last.get("DELETE", 0),
        }

    def _check(self, shape: Shape) -> None:
        """Refuse what a crawl could not do, before it is asked to."""
        targets = {kind: each for kind, each in shape["Targets"].items() if each}
        for kind in targets:
            if kind not in {"S3Targets", "CatalogTargets"}:
                raise Unsupported(f"crawlers with {kind}")
        if not targets:
            raise AwsError(INVALID, "Crawler targets must contain at least one target.")
        if "CatalogTargets" in targets:
            known_tables.check(shape)
        for each in targets.get("S3Targets", []):
            self._check_target(each)
        if shape["LakeFormationConfiguration"].get("UseLakeFormationCredentials"):
            raise Unsupported("crawlers with Lake Formation credentials")
        if shape["LineageConfiguration"].get("CrawlerLineageSettings") == "ENABLE":
            raise Unsupported("crawlers with data lineage")
        if shape.get("CrawlerSecurityConfiguration"):
            raise Unsupported("crawlers with a security configuration")
        if len(shape.get("TablePrefix") or "") > 64:
            raise AwsError(INVALID, "TablePrefix cannot be longer than 64 characters.")
        settings.read(shape)
        for name in shape["Classifiers"]:
            self.classifiers.get(name)

    def _check_target(self, target: Shape) -> None:
        path = target.get("Path") or ""
        try:
            bucket, _ = split_uri(path if "://" in path else f"s3://{path}")
        except AwsError as error:
            raise AwsError(INVALID, error.message) from error
        if not self.lake.objects.has_bucket(bucket):
            raise AwsError(INVALID, f"S3 bucket {bucket} does not exist.")
        if not 1 <= target.get("SampleSize", 1) <= LARGEST_SAMPLE:
            raise AwsError(INVALID, f"SampleSize must be between 1 and {LARGEST_SAMPLE}.")
        for member in ("ConnectionName", "EventQueueArn", "DlqEventQueueArn"):
            if target.get(member):
                raise Unsupported(f"S3 targets with {member}")


def _check_schedule(expression: str | None) -> None:
    if expression:
        schedule.parse(expression)


def _log_of(entry: Entry, run: Run) -> Shape:
    return {"LogGroup": LOG_GROUP, "LogStream": entry.name, "MessagePrefix": run.crawl_id}


def _crawl_filter(given: Shape) -> Callable[[Run], bool]:
    """A `CrawlsFilter`. Times are epoch milliseconds: https://docs.aws.amazon.com/glue/latest/webapi/API_CrawlsFilter.html"""
    field, text = given.get("FieldName"), given.get("FieldValue") or ""
    compare = _OPERATORS[given.get("FilterOperator") or "EQ"]
    if field in {"CRAWL_ID", "STATE"}:
        return lambda run: compare(run.crawl_id if field == "CRAWL_ID" else run.state, text)
    try:
        number = float(text)
        if field == "DPU_HOUR":
            return lambda run: compare(0.0, number)
        instant = datetime.fromtimestamp(number / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise AwsError(INVALID, f"{text} is no value for the filter {field}.") from error
    if field == "START_TIME":
        return lambda run: compare(run.started, instant)
    return lambda run: run.ended is not None and compare(run.ended, instant)
