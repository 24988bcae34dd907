"""docker-compose.yaml, held against the installed Airflow: its commands, its options, the files that it names."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.laptop.compose_services import interpolate

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
AIRFLOW = {
    name: service for name, service in SERVICES.items() if name.startswith("airflow-") and name != "airflow-init"
}
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")
)
SECRET = re.compile("PASSWORD|SECRET|KEY|CONN|BROKER|RESULT_BACKEND")
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")


def test_components_are_those_of_a_celery_deployment() -> None:
    assert set(SERVICES) == {
        "postgres",
        "redis",
        "local-aws",
        *(f"airflow-{name}" for name in ("init", "apiserver", "scheduler", "dag-processor", "worker", "triggerer")),
    }
    assert SERVICES["local-aws"]["profiles"] == ["local"]


def _accepted(text: str) -> None:
    """Hold a compose file against the specification. :raises ValueError: where it differs."""
    from compose_spec import PyCompose

    variables = dict.fromkeys(EXAMPLE, "x") | {name: "8080" for name in EXAMPLE if name.endswith("PORT")}
    # the library reads no merge keys and no variables
    PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(interpolate(text, variables)))).validate()


def test_file_is_as_the_compose_specification_has_it() -> None:
    _accepted((ROOT / "docker-compose.yaml").read_text())


@pytest.mark.parametrize(
    ("good", "broken", "said"),
    [
        pytest.param("restart: unless-stopped", "restrat: unless-stopped", "`restrat`", id="unknown key"),
        pytest.param(
            "condition: service_healthy", "condition: service_helthy", "`service_helthy`", id="unknown condition"
        ),
        pytest.param("interval: 10s", "interval: soon", "duration `soon`", id="no duration"),
        pytest.param("airflow-logs:/opt", "airflow-log:/opt", "volume `airflow-log`", id="unknown volume"),
        pytest.param("127.0.0.1:${AIRFLOW_PORT:-8080}:8080", "127.0.0.1:99999:8080", "parsing `99999`", id="no port"),
    ],
)
def test_what_is_not_as_the_specification_has_it_is_found(good: str, broken: str, said: str) -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    assert good in text
    with pytest.raises(ValueError, match=said):
        _accepted(text.replace(good, broken, 1))


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ("airflow-init", "postgres")])
def test_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    """The one-off init keeps those it names; the image of Postgres starts as root and hands over."""
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "cap_add" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_gains_rights(name: str) -> None:
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.local_aws"])
def test_image_does_not_run_as_root(name: str) -> None:
    text = (ROOT / name).read_text()
    users = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    assert "USER" not in text or users[-1] not in ("root", "0")


def test_variables_are_filled_in_as_compose_does() -> None:
    text = "${A:-x} ${B:-x} ${C} $$HOME ${A:?why}"
    assert interpolate(text, {"A": "1", "C": "3"}) == "1 x 3 $HOME 1"
    with pytest.raises(KeyError, match="D: why"):
        interpolate("${D:?why}", {})


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.mark.parametrize("name", AIRFLOW)
def test_command_is_one_of_the_airflow_cli(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    from airflow.cli.cli_parser import get_parser

    parser = get_parser()
    for word in AIRFLOW[name]["command"].split():
        known = _subcommands(parser)
        assert word in known
        parser = known[word]


def test_executor_can_be_loaded_with_the_locked_packages() -> None:
    from airflow.providers.celery.executors import celery_executor

    name = SERVICES["airflow-worker"]["environment"]["AIRFLOW__CORE__EXECUTOR"]
    assert name == celery_executor.CeleryExecutor.__name__


def _options(service: dict[str, Any]) -> list[tuple[str, str]]:
    names = [found for name in service["environment"] if (found := re.match("AIRFLOW__([A-Z_]+?)__([A-Z_]+)$", name))]
    return [(found[1].lower(), found[2].lower()) for found in names]


@pytest.mark.parametrize("name", AIRFLOW)
def test_environment_names_options_that_airflow_knows(name: str) -> None:
    from airflow.configuration import conf

    from aws_warehouse import settings

    source = Path(settings.__file__).read_text()
    options = _options(AIRFLOW[name])
    assert len(options) > 10
    for section, option in options:
        if section == settings.SECTION:
            assert f'_option("{option}"' in source, option
        else:
            assert option in conf.configuration_description[section]["options"], (section, option)


def test_every_variable_is_in_the_example() -> None:
    asked = {found["name"] for found in VARIABLE.finditer((ROOT / "docker-compose.yaml").read_text())}
    assert asked == set(EXAMPLE)


def test_secrets_have_no_default() -> None:
    for found in VARIABLE.finditer((ROOT / "docker-compose.yaml").read_text()):
        if SECRET.search(found["name"]):
            assert found["rest"] == ":?set it in .env", found["name"]
    real = {name for name, value in EXAMPLE.items() if SECRET.search(name) and value}
    assert real == {"AIRFLOW_CONN_AWS_DEFAULT"}
    assert '"password": "test"' in EXAMPLE["AIRFLOW_CONN_AWS_DEFAULT"]


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_by_the_environment_alone(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable) and "FILE" not in variable:
            assert VARIABLE.search(str(value)), variable


@pytest.mark.parametrize("name", SERVICES)
def test_mounted_and_built_paths_exist(name: str) -> None:
    service = SERVICES[name]
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
    build = service.get("build")
    if build is not None:
        file = ROOT / (build["dockerfile"] if isinstance(build, dict) else "Dockerfile")
        for copied in re.findall(r"^COPY (?:--\S+ )?(\S+) ", file.read_text(), re.MULTILINE):
            assert (ROOT / copied).exists(), copied


def test_image_has_the_airflow_of_the_lock() -> None:
    locked = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert locked is not None
    assert f"FROM apache/airflow:{locked[1]}-python3.12" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "airflow-init"])
def test_long_running_service_is_watched_unprivileged_and_on_this_machine_alone(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"
    assert not str(service.get("user", "50000")).startswith("0")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_workers_and_components_wait_for_what_they_need() -> None:
    for name, service in AIRFLOW.items():
        needs = service["depends_on"]
        assert {"postgres", "redis", "airflow-init"} <= set(needs), name
        for other, how in needs.items():
            wanted = "service_completed_successfully" if other == "airflow-init" else "service_healthy"
            assert how["condition"] == wanted
            assert other == "airflow-init" or "healthcheck" in SERVICES[other]


def test_every_component_has_the_same_keys() -> None:
    """Each signs what the others check: a worker with another JWT secret could not report a single task."""
    for option in ("API_AUTH__JWT_SECRET", "CORE__FERNET_KEY", "API__SECRET_KEY", "DATABASE__SQL_ALCHEMY_CONN"):
        assert len({service["environment"][f"AIRFLOW__{option}"] for service in AIRFLOW.values()}) == 1
