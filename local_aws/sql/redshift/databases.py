"""CREATE DATABASE and DROP DATABASE: databases beside the one that a warehouse was made with.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_DATABASE.html. Deviates: owners and limits of connections are read
and change nothing; queries across databases are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.words import RESERVED
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Session

_OPTIONS = ("OWNER", "CONNECTION", "COLLATE", "ISOLATION")
LONGEST = 127


@dataclass(frozen=True)
class Siblings:
    """The databases of a warehouse, as a session in one of them sees them.

    :param drop: takes the name and whether to end the connections to it. :raises SqlError: for one in use.
    """

    names: Callable[[], list[str]]
    create: Callable[[str], object]
    drop: Callable[[str], None]


def create(session: Session, reader: Reader) -> None:
    """What follows CREATE DATABASE. :raises SqlError: in a transaction, and for a name that is taken."""
    _alone(session, "CREATE DATABASE")
    name = reader.name()
    reader.take("WITH")
    while reader.text not in {"", ";"}:
        word = reader.value().upper()
        if word not in _OPTIONS:
            raise errors.unsupported(f"CREATE DATABASE … {word}")
        _option(reader, word)
    if name in RESERVED or name.startswith("pg_"):
        raise errors.syntax(name)
    if len(name) > LONGEST:
        raise errors.error(f'The database name "{name}" is too long; the maximum is {LONGEST} characters')
    if name in session.database.siblings.names():
        raise errors.error(f'database "{name}" already exists')
    session.database.siblings.create(name)


def _option(reader: Reader, word: str) -> None:
    if word == "OWNER":
        reader.take("=")
        reader.value()
    elif word == "CONNECTION":
        reader.need("LIMIT")
        reader.value()
    elif word == "ISOLATION":
        reader.need("LEVEL")
        if reader.value().upper() not in {"SERIALIZABLE", "SNAPSHOT"}:
            raise errors.syntax(reader.text or "end of statement")
    elif reader.value().upper() in {"CASE_INSENSITIVE", "CI"}:
        raise errors.unsupported("CREATE DATABASE … COLLATE CASE_INSENSITIVE")


def drop(session: Session, reader: Reader) -> None:
    """What follows DROP DATABASE. :raises SqlError: in a transaction, and for one that is in use or not there."""
    _alone(session, "DROP DATABASE")
    name = reader.name()
    if reader.take("FORCE"):
        raise errors.unsupported("DROP DATABASE … FORCE")
    reader.end()
    if name == session.database.name:
        raise errors.error("cannot drop the currently open database")
    if name not in session.database.siblings.names():
        raise errors.error(f'database "{name}" does not exist')
    session.database.siblings.drop(name)


def _alone(session: Session, what: str) -> None:
    if not session.alone:
        raise errors.error(f"{what} cannot run inside a transaction block")
