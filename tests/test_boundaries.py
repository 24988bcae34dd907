"""Who may import whom: local_aws knows nothing of the pipeline, and the pipeline knows an AWS connection alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTING = {ROOT / "laptop" / "coverage.py"}
"""Reads local_aws to write down what it can; it runs nothing of it."""


def imported(path: Path) -> Iterator[str]:
    """The top packages that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"importlib.import_module", "__import__"}:
            yield from (str(each.value).partition(".")[0] for each in node.args if isinstance(each, ast.Constant))


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("local_aws", {"airflow", "aws_warehouse", "plugins", "dags", "producer", "laptop", "tests"}),
        ("plugins", {"local_aws", "laptop", "producer", "moto", "tests"}),
        ("dags", {"local_aws", "laptop", "producer", "moto", "boto3", "botocore", "tests"}),
        ("producer", {"local_aws", "laptop", "airflow", "aws_warehouse", "moto", "tests"}),
        ("laptop", {"local_aws", "moto", "tests"}),  # it starts `python -m local_aws`; it does not reach into it
    ],
)
def test_package_does_not_know(folder: str, forbidden: set[str]) -> None:
    modules = sorted(path for path in (ROOT / folder).rglob("*.py") if path not in DOCUMENTING)
    assert modules
    broken = {str(path.relative_to(ROOT)): found for path in modules if (found := forbidden & set(imported(path)))}
    assert broken == {}
