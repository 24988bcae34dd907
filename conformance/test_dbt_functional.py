"""dbt-athena's own functional tests, unedited, from its source distribution: each test of theirs is a check.

They are set as its `test.env.example` says, by environment variables. Each of its files is run in one process, once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

PACKAGES = ("dbt-athena", "dbt-core", "dbt-tests-adapter")
SOURCES = Path(os.environ["CONFORMANCE_SOURCES"])
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "ignore", "-c", os.devnull, "--tb=short"]
"""Its own settings ask for plugins that spread the tests over processes."""
LONGEST = 900
REFUSED = {
    "TestConnection::test__convert_timestamps": "time(3) with time zone",
    "TestConnection::test__convert_other_scalars": "ipaddress",
    "TestConnection::test__semantic_error": "Table function 'TABLE'",
    "TestConnection::test__too_many_open_partitions": "Table function 'TABLE'",
}
"""Its tests that ask for what is refused, and the words of the refusal."""
LATER = ("TestAthenaEmptySeedFlag",)
"""Those of a later dbt-core than can be installed from the package registry."""


def all_tests() -> list[str]:
    """The names of its tests, as `file::class::test`, without those that it skips itself or that are to fail."""
    command = [*PYTEST, "--collect-only", "-q", "--rootdir", SOURCES, "-m", "not skip and not skipif and not xfail"]
    ended = subprocess.run([*command, "tests/functional"], cwd=SOURCES, capture_output=True, text=True, check=False)
    found = [line for line in ended.stdout.splitlines() if "::" in line and not any(each in line for each in LATER)]
    assert found, ended.stdout + ended.stderr
    return found


class Suite:
    """Its files as they are run, each when the first of its tests is asked for."""

    def __init__(self, bucket: str, home: Path) -> None:
        self.home = home
        self.variables = os.environ | {
            "DBT_TEST_ATHENA_S3_STAGING_DIR": f"s3://{bucket}/staging/",
            "DBT_TEST_ATHENA_S3_TMP_TABLE_DIR": f"s3://{bucket}/tables/",
            "DBT_TEST_ATHENA_REGION_NAME": "us-east-1",
            "DBT_TEST_ATHENA_DATABASE": "awsdatacatalog",
            "DBT_TEST_ATHENA_SCHEMA": "dbt",
            "DBT_TEST_ATHENA_WORK_GROUP": "primary",
            "DBT_TEST_ATHENA_THREADS": "1",
            "DBT_TEST_ATHENA_POLL_INTERVAL": "0.1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        self.found: dict[str, dict[str, tuple[str, str]]] = {}

    def outcome(self, name: str) -> tuple[str, str]:
        """How a test ended, and what it said."""
        file, _, test = name.partition("::")
        if file not in self.found:
            self.found[file] = self._run(file)
        return self.found[file].get(test, ("error", "it did not run"))

    def _run(self, file: str) -> dict[str, tuple[str, str]]:
        report = self.home / f"{Path(file).stem}.xml"
        command = [*PYTEST, "-q", "--rootdir", SOURCES, f"--junitxml={report}", file]
        subprocess.run(command, cwd=SOURCES, env=self.variables, capture_output=True, timeout=LONGEST, check=False)
        module = file.removesuffix(".py").replace("/", ".")
        found = {}
        for case in ElementTree.parse(report).iter("testcase"):
            owner = case.get("classname", "").removeprefix(module).strip(".")
            ended = [each for each in case if each.tag in {"failure", "error", "skipped"}]
            said = "\n".join(f"{each.get('message')}\n{each.text}" for each in ended)
            name = "::".join(part for part in (owner, case.get("name", "")) if part)
            found[name] = (ended[0].tag if ended else "passed", said)
        return found


@pytest.fixture(scope="module")
def suite(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return Suite(bucket, tmp_path_factory.mktemp("reports"))


def checked(name: str) -> object:
    test = name.removeprefix("tests/functional/adapter/")
    word = next((word for part, word in REFUSED.items() if part in test), None)
    return pytest.param(name, id=test, marks=[pytest.mark.refused(word)] if word else [])


@pytest.mark.parametrize("name", [checked(each) for each in all_tests()])
def test_of_theirs(suite: Suite, name: str) -> None:
    ended, said = suite.outcome(name)
    assert ended == "passed", said
