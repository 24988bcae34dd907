"""Runs one of the provider's example DAGs as its own tests do, and tells what became of each task.

`python dag_run.py <module>`: the last line is JSON, task → state. It exits with 0 whatever the states are.
"""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    module = importlib.import_module(sys.argv[1])
    try:
        module.test_run()
    except AssertionError as error:
        print(error)
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(TaskInstance).filter(TaskInstance.dag_id == module.dag.dag_id).all()
        print(json.dumps({each.task_id: str(each.state) for each in found}))


if __name__ == "__main__":
    main()
