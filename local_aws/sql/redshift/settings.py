"""SET, RESET and SHOW. https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, show_grants
from local_aws.sql.redshift import show as listed
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def _done() -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    return Outcome()


# settings that change nothing here; others are refused, for they would change results
_HARMLESS = {
    "analyze_threshold_percent",
    "application_name",
    "client_encoding",
    "enable_result_cache_for_session",
    "extra_float_digits",
    "query_group",
    "statement_timeout",
    "wlm_query_slot_count",
}
_DEFAULTS = {
    "analyze_threshold_percent": "10",
    "application_name": "",
    "client_encoding": "UTF8",
    "enable_case_sensitive_identifier": "off",
    "enable_result_cache_for_session": "on",
    "extra_float_digits": "0",
    "query_group": "unset",
    "statement_timeout": "0",
    "wlm_query_slot_count": "1",
}
_FIXED = {
    "datestyle": {"iso", "iso, mdy", "iso,mdy"},
    "enable_case_sensitive_identifier": {"off", "false"},
    "timezone": {"utc", "default"},
}


def set_value(session: Session, reader: Reader) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SET.html"""
    reader.take("SESSION") or reader.take("LOCAL")
    if reader.take("AUTHORIZATION"):
        raise errors.unsupported("SET SESSION AUTHORIZATION")
    name = reader.name()
    if not (reader.take("TO") or reader.take("=")):
        raise errors.syntax(reader.text or "end of statement")
    values = reader.names()
    reader.end()
    if name == "search_path":
        session.search_path = tuple(value for value in values if value != "$user") or ("public",)
    elif name in _FIXED and ", ".join(values) not in _FIXED[name]:
        raise errors.unsupported(f"SET {name} TO {', '.join(values)}")
    elif name not in _HARMLESS and name not in _FIXED:
        raise errors.unsupported(f"SET {name}")
    session.settings[name] = ", ".join(values)
    return _done()


def reset(session: Session, reader: Reader) -> Outcome:
    name = reader.name()
    if name in {"search_path", "all"}:
        session.search_path = ("public",)
    session.settings.pop(name, None)
    return _done()


def known(session: Session) -> dict[str, str]:
    """The settings and their values."""
    return {
        **_DEFAULTS,
        **session.settings,
        "server_version": "8.0.2",
        "search_path": ", ".join(session.search_path),
        "timezone": "UTC",
        "datestyle": "ISO, MDY",
    }


def show(session: Session, reader: Reader) -> Outcome:
    """SHOW of a setting. https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW.html"""
    name = reader.name()
    if name in listed.OBJECTS:
        return listed.show(session, reader, name)
    if name in {"table", "view"} or (name == "external" and reader.text.upper() == "TABLE"):
        return listed.definition(session, reader, name)
    if name == "grants":
        return show_grants.show(session, reader)
    if reader.text not in {"", ";"}:
        raise errors.unsupported(f"SHOW {name.upper()}")
    if name == "all":
        raise errors.unsupported("SHOW ALL")
    value = known(session).get(name)
    if value is None:
        raise errors.error(f'unrecognized configuration parameter "{name}"')
    return session.query(exp.select(exp.alias_(exp.Literal.string(value), name, quoted=True)))
