"""The browser of the browser tests, for those of Airflow's UI."""

from tests.browser.conftest import browser  # noqa: F401 - a fixture
