"""CREATE DATABASE and ALTER DATABASE.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/create-database.html
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed
from local_aws.sql.hive import missing
from local_aws.sql.hive.words import Words
from local_aws.sql.outcome import Outcome, ddl

Shape = dict[str, Any]


def create_database(session: Session, words: Words) -> Outcome:
    """From the word after DATABASE or SCHEMA."""
    if_not_exists = words.accept("IF NOT EXISTS")
    found: Shape = {"Name": words.parts()[-1]}
    while not words.done:
        if words.accept("COMMENT"):
            found["Description"] = words.string()
        elif words.accept("LOCATION"):
            found["LocationUri"] = words.string()
        elif words.accept("WITH DBPROPERTIES"):
            found["Parameters"] = words.properties()
        else:
            raise words.wrong("COMMENT, LOCATION, WITH DBPROPERTIES")
    try:
        session.lake.catalog.create_database(found)
    except AwsError as error:
        if not if_not_exists:
            raise QueryFailed("SCHEMA_ALREADY_EXISTS", f"Schema '{found['Name']}' already exists") from error
    return ddl("CREATE_DATABASE")


def alter_database(session: Session, words: Words) -> Outcome:
    """`ALTER DATABASE name SET DBPROPERTIES (…)`: the properties that it names, beside those that are there.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/alter-database-set-dbproperties.html
    """
    name = words.parts()[-1]
    words.expect("SET DBPROPERTIES")
    given = words.properties()
    words.end()
    try:
        found = session.lake.catalog.database(name)
    except AwsError as error:
        raise missing.database_not_found(name) from error
    changed: dict[str, Any] = {key: found[key] for key in ("Name", "Description", "LocationUri") if key in found}
    session.lake.catalog.update_database({**changed, "Parameters": {**found.get("Parameters", {}), **given}})
    return ddl("ALTER_DATABASE")
