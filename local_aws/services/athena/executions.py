"""Query executions: started, queued, running, ended.

Evidence: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
"""

from __future__ import annotations

import contextlib
import copy
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.jobs import Job
from local_aws.objects import split_uri
from local_aws.services.athena import failures
from local_aws.services.athena.saved import Saved
from local_aws.sql import results, router
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed
from local_aws.sql.outcome import Outcome
from local_aws.sql.trino.dialect import parse

if TYPE_CHECKING:
    from local_aws.sql.engine import Engine

Params = dict[str, Any]
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED"}


@dataclass
class Execution:
    """One execution: its API shape, and what is needed to give its results."""

    shape: Params
    request: Params
    folder: str
    job: Job | None = None
    outcome: Outcome | None = None
    values: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def status(self) -> Params:
        found: Params = self.shape["Status"]
        return found


class Executions(Saved):
    """The operations on query executions."""

    engine: Engine

    def start_executions(self) -> None:
        self._executions: dict[str, Execution] = {}
        self._tokens: dict[str, str] = {}
        self._starting = threading.Lock()

    def has_contents(self, name: str) -> bool:
        mine = (each.shape["WorkGroup"] == name for each in self._executions.values())
        return any(mine) or any(each["shape"]["WorkGroup"] == name for each in self._named.values())

    def forget(self, name: str) -> None:
        for each in [key for key, kept in self._named.items() if kept["shape"]["WorkGroup"] == name]:
            del self._named[each]
        for key in [key for key in self._prepared if key[0] == name]:
            del self._prepared[key]

    # starting
    def start_query_execution(self, params: Params) -> Params:
        """:raises AwsError: `InvalidRequestException`, also for a statement that is no SQL (`MALFORMED_QUERY`)."""
        with self._starting:  # a repeated request must not overtake the first
            return self._start(params)

    def _start(self, params: Params) -> Params:
        token = params.get("ClientRequestToken")
        if token in self._tokens:
            if self._executions[self._tokens[token]].request != params:
                raise self.invalid_request("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
            return {"QueryExecutionId": self._tokens[token]}
        name = params.get("WorkGroup", "primary")
        workgroup = self.enabled_workgroup(name)
        folder, encryption = self._output(params, workgroup["Configuration"])
        text, tree = params["QueryString"], None
        try:
            kind = router.kind_of(text)
            values = list(params.get("ExecutionParameters", []))
            prepared = self.prepared(text, name) if kind == "DML" else None
            if prepared is not None:
                text, used = prepared
                values = values or used
            elif kind == "DML" and not text.lstrip().upper().startswith(("UNLOAD", "OPTIMIZE", "VACUUM", "USING")):
                tree = parse(text)
        except QueryFailed as error:
            message = error.message if error.name == "SYNTAX_ERROR" else error.reason
            raise self.invalid_request(message, "MALFORMED_QUERY") from error
        made = self.lake.new_id()
        shape = self._shape(made, params, name, kind, encryption)
        execution = self._executions[made] = Execution(shape, copy.deepcopy(params), folder)
        if token is not None:
            self._tokens[token] = made
        shape["ResultConfiguration"]["OutputLocation"] = f"{folder}{made}.{'csv' if kind == 'DML' else 'txt'}"
        if self._reused(execution, values):
            return {"QueryExecutionId": made}
        execution.job = self.lake.jobs.start(f"athena {made}", self._work(execution, text, tree, workgroup))
        return {"QueryExecutionId": made}

    def _output(self, params: Params, configuration: Params) -> tuple[str, Params]:
        """Where results go: the workgroup's folder where that is enforced, else the request's, else the workgroup's."""
        own, given = configuration.get("ResultConfiguration", {}), params.get("ResultConfiguration", {})
        if configuration.get("EnforceWorkGroupConfiguration") and own.get("OutputLocation"):
            given = own
        location = given.get("OutputLocation") or own.get("OutputLocation")
        if not location:
            raise self.invalid_request(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        if not location.startswith("s3://"):
            raise self.invalid_request(f"outputLocation is not a valid S3 path: {location}")
        encryption = {key: given[key] for key in ("EncryptionConfiguration", "AclConfiguration") if key in given}
        return location.rstrip("/") + "/", encryption

    def _shape(self, made: str, params: Params, workgroup: str, kind: str, encryption: Params) -> Params:
        context = {"Catalog": "awsdatacatalog", **params.get("QueryExecutionContext", {})}
        if context["Catalog"].lower() != "awsdatacatalog":
            raise self.invalid_request(f"Data catalog {context['Catalog']} was not found")
        return {
            "QueryExecutionId": made,
            "Query": params["QueryString"],
            "StatementType": kind,
            "ResultConfiguration": encryption,
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}}
            | params.get("ResultReuseConfiguration", {}),
            "QueryExecutionContext": {key: text.lower() for key, text in context.items()},
            "Status": {"State": "QUEUED", "SubmissionDateTime": self.lake.clock.now()},
            "Statistics": {},
            "WorkGroup": workgroup,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            "ExecutionParameters": params.get("ExecutionParameters"),
            "SubstatementType": None,
        }

    def _reused(self, execution: Execution, values: list[str]) -> bool:
        """Answer with the result of the same SELECT, where the request allows one of that age and it is still there.

        Whether the tables have changed since is not looked at.
        Evidence: https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html
        """
        execution.values = values
        asked = execution.shape["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]
        if not asked["Enabled"]:
            return False
        oldest = self.lake.clock.now() - timedelta(minutes=asked.get("MaxAgeInMinutes", 60))
        for each in reversed(tuple(self._executions.values())):
            if each is execution or not self._same_question(each, execution):
                continue
            if each.status["CompletionDateTime"] < oldest:
                return False
            location = each.shape["ResultConfiguration"]["OutputLocation"]
            if not self.lake.objects.exists(*split_uri(location)):
                continue
            execution.outcome = each.outcome
            execution.shape["SubstatementType"] = each.shape["SubstatementType"]
            execution.shape["ResultConfiguration"]["OutputLocation"] = location
            self._finish(execution, "SUCCEEDED", None, None, (0.0, 0.0, 0))
            execution.shape["Statistics"]["ResultReuseInformation"] = {"ReusedPreviousResult": True}
            return True
        return False

    @staticmethod
    def _same_question(old: Execution, new: Execution) -> bool:
        """Whether both ask the same, and the old one ran to its end itself."""
        same = all(old.shape[key] == new.shape[key] for key in ("Query", "QueryExecutionContext", "WorkGroup"))
        ended = old.status["State"] == "SUCCEEDED" and old.shape["SubstatementType"] == "SELECT"
        ran = not old.shape["Statistics"].get("ResultReuseInformation", {}).get("ReusedPreviousResult")
        return same and ended and ran and old.values == new.values and old.folder == new.folder

    # running
    def _work(self, execution: Execution, text: str, tree: exp.Expr | None, workgroup: Params) -> Callable[[Job], None]:
        def work(job: Job) -> None:
            queued = time.monotonic() - execution.started
            if execution.status["State"] in ENDED:
                return
            execution.status["State"] = "RUNNING"
            begun = time.monotonic()
            state, reason, error, scanned = "SUCCEEDED", None, None, 0
            try:
                job.check()
                database = execution.shape["QueryExecutionContext"].get("Database", "default")
                if database.startswith("`") and database.endswith("`"):
                    database = database[1:-1]  # AWS SDK for pandas quotes it for DESCRIBE, SHOW and MSCK
                if database == "default":
                    self.engine.lake.catalog.ensure_default()
                with self.engine.session(database, job, text) as session:
                    session.cutoff = workgroup["Configuration"].get("BytesScannedCutoffPerQuery")
                    try:
                        self._run(execution, session, text, tree)
                    finally:
                        outcome = execution.outcome
                        scanned = session.tables.bytes_scanned() + (outcome.scanned if outcome else 0)
            except Exception as problem:
                state, reason, error = failures.of(problem, job)
            self._finish(execution, state, reason, error, (queued, time.monotonic() - begun, scanned))

        return work

    def _run(self, execution: Execution, session: Session, text: str, tree: exp.Expr | None) -> None:
        made = execution.shape["QueryExecutionId"]
        table = f"{execution.folder}tables/{made}"
        outcome = router.run(session, text, table, execution.values, tree) if text else Outcome("DDL", "PREPARE")
        execution.shape["SubstatementType"] = outcome.verb
        place = table if outcome.verb == "CREATE_TABLE_AS_SELECT" else f"{execution.folder}{made}"
        objects, written = self.lake.objects, self.lake.directory / "results" / made
        if outcome.save is not None:
            outcome = replace(outcome, rows=outcome.save(written), save=None)
        execution.outcome = outcome
        if outcome.rows is not None:
            objects.put_file(*split_uri(f"{place}.csv"), written, "application/octet-stream")
            objects.put(*split_uri(f"{place}.csv.metadata"), results.description(outcome.columns))
        elif outcome.manifest is not None or outcome.update_count is not None:
            manifest = "".join(f"{uri}\n" for uri in outcome.manifest or [])
            objects.put(*split_uri(f"{place}-manifest.csv"), manifest.encode())
            execution.shape["Statistics"]["DataManifestLocation"] = f"{place}-manifest.csv"
            execution.shape["ResultConfiguration"]["OutputLocation"] = place
        else:
            objects.put(*split_uri(f"{place}.txt"), "".join(f"{line}\n" for line in outcome.lines).encode())
            objects.put(*split_uri(f"{place}.txt.metadata"), results.description(outcome.columns))
            execution.shape["ResultConfiguration"]["OutputLocation"] = f"{place}.txt"

    def _finish(
        self,
        execution: Execution,
        state: str,
        reason: str | None,
        error: Params | None,
        spent: tuple[float, float, int],
    ) -> None:
        queued, ran, scanned = spent
        execution.shape["Statistics"] |= {
            "EngineExecutionTimeInMillis": round(ran * 1000),
            "DataScannedInBytes": scanned,
            "TotalExecutionTimeInMillis": round((queued + ran) * 1000),
            "QueryQueueTimeInMillis": round(queued * 1000),
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        }
        status = {**execution.status, "StateChangeReason": reason, "AthenaError": error}
        execution.shape["Status"] = {**status, "State": state, "CompletionDateTime": self.lake.clock.now()}

    # ending
    def _execution(self, name: str) -> Execution:
        found = self._executions.get(name)
        if found is None:
            raise self.invalid_request(f"QueryExecution {name} was not found")
        return found

    def stop_query_execution(self, params: Params) -> Params:
        """The query ends as CANCELLED; one that has ended stays as it is."""
        execution = self._execution(params["QueryExecutionId"])
        if execution.status["State"] not in ENDED and execution.job is not None:
            execution.job.cancel()
            if execution.status["State"] == "QUEUED":
                waited = time.monotonic() - execution.started
                self._finish(execution, "CANCELLED", "Query cancelled by user", None, (waited, 0.0, 0))
        return {}

    def stop_all(self) -> None:
        """Cancel what still runs, and wait for it shortly."""
        running = [each.job for each in self._executions.values() if each.status["State"] not in ENDED and each.job]
        for job in running:
            job.cancel()
        for job in running:
            with contextlib.suppress(TimeoutError, CancelledError):
                job.wait(2)
