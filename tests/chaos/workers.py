"""Airflow's task instances, run by processes that can be killed.

The database, the state of runs and tasks, templates, XCom, the task state store, triggers and retries are Airflow's
own. What stands here in the place of scheduler, executor and triggerer is a loop as small as that of `dag.test()`,
in a process that is forked for the purpose: when it dies, the next one finds in the database what the scheduler would
find, and does with it what the scheduler does: a task whose worker is gone has failed and is tried again, a deferred
one waits for the next triggerer.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from laptop import environment

RETRIES = 2
LONG_AGO = timedelta(days=1)
SERVICES = ("athena", "cloudformation", "cloudwatch", "firehose", "glue", "quicksight", "redshift-data", "s3", "sts")


class WorkerError(Exception):
    """What a worker raised; the message is its traceback."""


class Workers:
    """Airflow with the repository's DAGs, its metadata below `home`.

    :param options: settings of the DAGs, by their names in `[aws_warehouse]`.
    """

    def __init__(self, home: Path, url: str, options: dict[str, str]) -> None:
        self._home = home
        self._url = url
        environment.use(url, home)
        given = {"RETRIES": str(RETRIES), "RETRY_DELAY_SECONDS": "0", "POLL_INTERVAL_SECONDS": "0.05"}
        given |= {name.upper(): text for name, text in options.items()}
        os.environ |= {f"AIRFLOW__AWS_WAREHOUSE__{name}": text for name, text in given.items()}
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
        self.log = home / "workers.log"
        self._dags = self._load()

    def use_account(self, account: str) -> None:
        """Point Airflow's connection at an account."""
        extra = {"endpoint_url": self._url, "region_name": environment.REGION}
        connection = {"conn_type": "aws", "login": account, "password": "secret", "extra": extra}
        os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(connection)

    def begin(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """A new run by hand; its id. Nobody works on it yet."""
        return str(self._ask(lambda: _begin(self._dags[dag_id], conf or {})))

    def clear(self, dag_id: str, run_id: str, only_failed: bool = True) -> None:
        """What a person does who clears the failed tasks of a run, or all of them."""
        self._ask(lambda: _clear(self._dags[dag_id], run_id, only_failed))

    def mark_failed(self, dag_id: str, run_id: str) -> None:
        """What a person does who marks a run failed: none of its tasks goes on but the teardown."""
        self._ask(lambda: _mark_failed(self._dags[dag_id], run_id))

    def state(self, dag_id: str, run_id: str) -> str:
        return str(self._ask(lambda: _state(dag_id, run_id)))

    def states(self, dag_id: str, run_id: str) -> dict[str, list[Any]]:
        """Task → [state, try number], mapped ones as `id[0]`."""
        found: dict[str, list[Any]] = self._ask(lambda: _states(dag_id, run_id))
        return found

    def work(self, dag_id: str, run_id: str, **waits: float) -> Worker:
        """A process that works on the run until it is over.

        :param waits: `deadline`, `inline_wait`: how this one's operators wait, instead of as the DAG says.
        """
        return Worker(*self._fork(lambda: _advance(self._dags[dag_id], run_id, waits)))

    def run(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """A run from its begin to its end, undisturbed; its state."""
        run_id = self.begin(dag_id, conf)
        self.work(dag_id, run_id).result()
        return self.state(dag_id, run_id)

    def last_words(self, start: int = 0) -> str:
        """The last error in the log after an offset."""
        with self.log.open("rb") as log:
            log.seek(start)
            lines = log.read().decode(errors="replace").splitlines()
        said = [line for line in lines if "Error" in line or "Exception" in line]
        return said[-1].strip()[:500] if said else ""

    def _load(self) -> dict[str, Any]:
        with self._logged():
            from airflow.utils.db import initdb

            initdb()
            from airflow.dag_processing.bundles.manager import DagBundlesManager
            from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
            from airflow.sdk.execution_time.supervisor import in_process_api_server

            DagBundlesManager().sync_bundles_to_db()
            [bundle] = DagBundlesManager().get_all_dag_bundles()
            bundle.initialize()
            bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
            if bag.import_errors:
                raise WorkerError(str(bag.import_errors))
            sync_bag_to_db(bag, bundle.name, bundle.version)
            self._warm = _warm_up(in_process_api_server())
            from airflow import settings

            settings.dispose_orm()
            _read_service_models()
            gc.freeze()  # what is loaded by now stays shared with the processes that are forked
        return bag.dags

    def _ask(self, work: Callable[[], Any]) -> Any:
        return Worker(*self._fork(work)).result()

    def _fork(self, work: Callable[[], Any]) -> tuple[int, int]:
        """A process that does the work: its pid, and where its result can be read."""
        reader, writer = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            os.close(writer)
            return pid, reader
        try:
            with self._logged():
                from airflow import settings

                settings.configure_orm()
                answer = {"result": work()}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        with os.fdopen(writer, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)

    @contextlib.contextmanager
    def _logged(self) -> Iterator[None]:
        """Have everything that is printed go to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        kept = [(number, os.dup(number)) for number in (1, 2)]
        try:
            with self.log.open("a") as sink:
                for number, _ in kept:
                    os.dup2(sink.fileno(), number)
                yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, original in kept:
                os.dup2(original, number)
                os.close(original)


class Worker:
    """A process at work."""

    def __init__(self, pid: int, reader: int) -> None:
        self._pid = pid
        self._reader = reader
        self._ended = False

    def has_ended(self) -> bool:
        if not self._ended:
            self._ended = os.waitpid(self._pid, os.WNOHANG)[0] == self._pid
        return self._ended

    def kill(self) -> None:
        """`kill -9`."""
        if not self.has_ended():
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._ended = True
        os.close(self._reader)

    def result(self) -> Any:
        """Its result, once it has ended. :raises WorkerError: with what it raised."""
        with os.fdopen(self._reader) as pipe:
            text = pipe.read()
        if not self._ended:
            os.waitpid(self._pid, 0)
            self._ended = True
        answer = json.loads(text or '{"error": "it was killed"}')
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer["result"]


def _warm_up(api: Any) -> Any:
    """Have the task API make its routes and models once: four seconds of each forked process otherwise.

    :return: what keeps the API open. The thread behind it stays in this process; each forked one makes its own.
    """
    import httpx
    from airflow.sdk.execution_time import task_runner

    assert task_runner
    kept = api.transport
    client = httpx.Client(base_url="http://in-process.invalid./", transport=kept)
    client.patch("/task-instances/00000000-0000-0000-0000-000000000000/run", json={})
    client.get("/connections/nobody")
    del api.transport
    return client


def _read_service_models() -> None:
    """Read botocore's service models once, for all processes that are forked."""
    import boto3
    import botocore.session

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    for service in SERVICES:
        boto3.client(service, region_name=environment.REGION)


# What follows runs in a forked process.


def _scheduled(dag: Any) -> Any:
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))


def _begin(dag: Any, conf: dict[str, Any]) -> str:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    now = datetime.now(UTC)
    run_id = DagRun.generate_run_id(run_type=DagRunType.MANUAL, logical_date=None, run_after=now)
    with create_session() as session:
        _scheduled(dag).create_dagrun(
            run_id=run_id,
            logical_date=None,
            data_interval=None,
            run_after=now,
            conf=conf,
            run_type=DagRunType.MANUAL,
            state=DagRunState.RUNNING,
            triggered_by=DagRunTriggeredByType.TEST,
            start_date=now,
            session=session,
        )
    return str(run_id)


def _advance(dag: Any, run_id: str, waits: dict[str, float]) -> str:
    """Work on a run until it is over; its state."""
    from airflow.utils.session import create_session

    _wait_as_told(dag, waits)
    scheduled = _scheduled(dag)
    with create_session() as session:
        _take_over(scheduled, run_id, session)
    while True:
        with create_session() as session:
            run = _find_run(dag.dag_id, run_id, session)
            run.dag = scheduled
            ready = _ready(run, session)
            session.commit()
            state = str(run.state)
            due = [(ti.id, ti.task_id, str(ti.state), ti.trigger_id) for ti in ready]
        if state not in {"running", "queued"}:
            return state
        for ti_id, task_id, ti_state, trigger_id in due:
            if ti_state == "deferred":
                _trigger(trigger_id, ti_id)
            else:
                _run_task(ti_id, dag.get_task(task_id))


def _wait_as_told(dag: Any, waits: dict[str, float]) -> None:
    for task in dag.tasks:
        fields = task.partial_kwargs if hasattr(task, "partial_kwargs") else vars(task)
        fields.update({name: value for name, value in waits.items() if name in fields})


def _find_run(dag_id: str, run_id: str, session: Any) -> Any:
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    return session.scalars(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)).one()


def _take_over(dag: Any, run_id: str, session: Any) -> None:
    """What the scheduler does when workers are gone: what ran has failed, what was queued is due again."""
    for ti in _find_run(dag.dag_id, run_id, session).get_task_instances(session=session):
        if ti.state == "running":
            ti.task = dag.get_task(ti.task_id)
            ti.handle_failure("the worker was lost", session=session)
        elif ti.state == "queued":
            ti.state = "scheduled"
    session.commit()


def _ready(run: Any, session: Any) -> list[Any]:
    """The task instances that can go on now: scheduled, or deferred."""
    for ti in run.get_task_instances(session=session):
        if ti.state == "up_for_retry" and ti.end_date:
            ti.end_date -= LONG_AGO  # nobody waits for the delay here
    session.flush()
    schedulable, _ = run.update_state(session=session)
    for ti in schedulable:
        ti.try_number += 1
        ti.state = "scheduled"
        ti.scheduled_dttm = datetime.now(UTC)
    session.flush()
    return [ti for ti in run.get_task_instances(session=session) if ti.state in ("scheduled", "deferred")]


def _run_task(ti_id: Any, task: Any) -> None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.sdk.api.datamodels._generated import TaskInstance as TaskInstanceSDK
    from airflow.sdk.execution_time.supervisor import run_task_in_process
    from airflow.utils.session import create_session

    with create_session() as session:
        ti = session.get(TaskInstance, ti_id)
        ti.state = "queued"
        names = ("id", "task_id", "dag_id", "run_id", "try_number", "map_index", "dag_version_id")
        what = TaskInstanceSDK(**{name: getattr(ti, name) for name in names})
    run_task_in_process(ti=what, task=task)


def _trigger(trigger_id: int, ti_id: Any) -> None:
    """What the triggerer does: build the trigger of what is in the database, run it, hand its event over."""
    from types import SimpleNamespace

    from airflow.models.trigger import Trigger
    from airflow.sdk._shared.module_loading import import_string
    from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor
    from airflow.utils.session import create_session

    with create_session() as session:
        row = session.get(Trigger, trigger_id)
        trigger = import_string(row.classpath)(**row.kwargs)
    event = InProcessTestSupervisor.run_trigger_in_process(trigger=trigger, ti=SimpleNamespace(id=ti_id))
    Trigger.submit_event(trigger_id, event)


def _clear(dag: Any, run_id: str, only_failed: bool) -> None:
    from airflow.models.taskinstance import clear_task_instances
    from airflow.utils.session import create_session

    with create_session() as session:
        found = _find_run(dag.dag_id, run_id, session).get_task_instances(session=session)
        chosen = [ti for ti in found if not only_failed or ti.state in ("failed", "upstream_failed")]
        clear_task_instances(chosen, session)
    with create_session() as session:
        _find_run(dag.dag_id, run_id, session).state = "running"


def _mark_failed(dag: Any, run_id: str) -> None:
    from airflow.api.common.mark_tasks import set_dag_run_state_to_failed
    from airflow.utils.session import create_session

    with create_session() as session:
        set_dag_run_state_to_failed(dag=_scheduled(dag), run_id=run_id, commit=True, session=session)


def _state(dag_id: str, run_id: str) -> str:
    from airflow.utils.session import create_session

    with create_session() as session:
        return str(_find_run(dag_id, run_id, session).state)


def _states(dag_id: str, run_id: str) -> dict[str, list[Any]]:
    from airflow.utils.session import create_session

    with create_session() as session:
        return {
            ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]": [str(ti.state), ti.try_number]
            for ti in _find_run(dag_id, run_id, session).get_task_instances(session=session)
        }
