"""Real Airflow in this process: its DAGs those of `dags/`, its metadata on SQLite below the Airflow home."""

from __future__ import annotations

import contextlib
import copy
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laptop import environment

if TYPE_CHECKING:
    from aws_warehouse.ledger import Ledger


class DagError(Exception):
    """A DAG cannot be imported, or its run failed. The message is one line: which task, and its last words."""


class InProcessAirflow:
    """Runs DAGs by `dag.test()`: each task for real, one after another, without a scheduler.

    Call `environment.use` first, and before anything of Airflow is imported.

    :param log: what tasks and loggers print goes there.
    :raises DagError: when a DAG file cannot be imported.
    """

    def __init__(self, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        self._sink = log.open("a")  # for the life of the process: loggers hold on to the stream they were set up with
        _share_service_models()
        with self._quiet():
            from airflow.utils.db import initdb

            if not (Path(os.environ["AIRFLOW_HOME"]) / "airflow.db").exists():
                initdb()
            from airflow.dag_processing.dagbag import DagBag

            bag = DagBag(dag_folder=str(environment.ROOT / "dags"))
        for path, error in bag.import_errors.items():
            raise DagError(f"{path} cannot be imported: {error.strip().splitlines()[-1]}")
        self._dags = bag.dags
        from aws_warehouse.settings import SETTINGS

        self.settings = SETTINGS

    def ledger(self) -> Ledger:
        from aws_warehouse.tasks import ledger

        with self._quiet():
            return ledger()

    def run(self, dag_id: str, conf: dict[str, Any] | None = None) -> dict[str, str]:
        """Run a DAG to its end, as a run by hand with `conf` as its Params.

        :return: the state of each task, by its id (mapped ones as `id[0]`).
        :raises DagError: when a task failed.
        """
        from airflow.sdk.exceptions import ParamValidationError

        self._sink.flush()
        start = self._log.stat().st_size
        with self._quiet():
            dag = self._dags[dag_id]
            forms = [(owner, copy.deepcopy(owner.params)) for owner in (dag, *dag.tasks)]
            try:
                run = dag.test(logical_date=None, run_conf=conf or {})
            except ParamValidationError as error:
                raise DagError(f"{dag_id} refuses its Params: {' '.join(str(error).split())}") from error
            finally:
                for owner, params in forms:  # a run leaves its Params in DAG and tasks, for the next one to find
                    owner.params = params
        states = {
            task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]": str(task.state)
            for task in run.get_task_instances()
        }
        failed = [task for task, state in states.items() if state in {"failed", "up_for_retry"}]
        if failed or run.state != "success":
            raise DagError(f"{dag_id} failed in {', '.join(failed) or 'its run'}: {self._last_error(start)}")
        return states

    def _last_error(self, start: int) -> str:
        """The last error that was logged after `start` (an offset in the log)."""
        self._sink.flush()
        with self._log.open("rb") as log:
            log.seek(start)
            lines = log.read().decode(errors="replace").splitlines()
        said = [line for line in lines if "Error" in line or "Exception" in line]
        return said[-1].strip() if said else "it said nothing"

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Have what tasks and loggers print go to the log instead of the terminal."""
        streams = (sys.stdout, sys.stderr)
        for stream in streams:
            stream.flush()
        # by file descriptor, since loggers keep the stream that they were set up with
        kept = [(number, os.dup(number)) for number in (1, 2)]
        try:
            for number, _ in kept:
                os.dup2(self._sink.fileno(), number)
            with contextlib.redirect_stdout(self._sink), contextlib.redirect_stderr(self._sink):
                yield
        finally:
            for stream in streams:
                stream.flush()
            for number, original in kept:
                os.dup2(original, number)
                os.close(original)


def _share_service_models() -> None:
    """Have botocore read its service models once a process, not once a session: each task makes sessions of its own."""
    import botocore.session

    if not hasattr(botocore.session.create_loader, "cache_info"):
        botocore.session.create_loader = functools.cache(botocore.session.create_loader)
