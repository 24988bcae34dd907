"""Users, groups and roles: kept to be shown. Deviates: privileges are not checked; there is one user.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_GROUP.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_ROLE.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.catalog import Catalog

KINDS = ("USER", "GROUP", "ROLE")
_BUILT_IN = {"USER": {"awsuser", "rdsdb"}, "GROUP": set(), "ROLE": set()}
_WITH_VALUE = {"PASSWORD", "UNTIL", "LIMIT", "TIMEOUT", "EXTERNALID"}


def kind_of(reader: Reader) -> str | None:
    """USER, GROUP or ROLE, if one comes next."""
    return next((each for each in KINDS if reader.take(each)), None)


def create(catalog: Catalog, reader: Reader, kind: str) -> None:
    """:raises SqlError: if one of that name is there."""
    name = reader.name()
    if name in _BUILT_IN[kind] or name in dict(catalog.principals(kind)):
        raise errors.error(f'{kind.lower()} "{name}" already exists')
    catalog.put_principal(kind, name, _members(reader) if kind == "GROUP" else _options(catalog, reader, name))


def _members(reader: Reader) -> list[str]:
    reader.take("WITH")
    if reader.take("USER"):
        return reader.names()
    reader.end()
    return []


def _options(catalog: Catalog, reader: Reader, name: str, kept: Iterable[str] = ()) -> list[str]:
    """What a user may do; passwords and limits are read and not kept."""
    found = list(kept)
    while reader.text not in {"", ";"}:
        if reader.take("IN", "GROUP"):
            for group in reader.names():
                _join(catalog, group, [name])
            continue
        word = reader.value().upper()
        if word in _WITH_VALUE:
            reader.value()
        elif word.removeprefix("NO") in {"CREATEDB", "CREATEUSER"}:
            found = [each for each in found if each != word.removeprefix("NO")]
            found.extend([] if word.startswith("NO") else [word])
    return found


def _join(catalog: Catalog, group: str, users: list[str]) -> None:
    members = _need(catalog, "GROUP", group)
    catalog.put_principal("GROUP", group, [*members, *(each for each in users if each not in members)])


def _need(catalog: Catalog, kind: str, name: str) -> list[str]:
    found = dict(catalog.principals(kind)).get(name)
    if found is None:
        raise errors.error(f'{kind.lower()} "{name}" does not exist')
    return found


def alter(catalog: Catalog, reader: Reader, kind: str) -> None:
    """Members of groups, names, what a user may do."""
    name = reader.name()
    kept = _need(catalog, kind, name)
    if reader.take("RENAME", "TO"):
        catalog.drop_principal(kind, name)
        catalog.put_principal(kind, reader.name(), kept)
    elif kind == "GROUP" and reader.take("ADD", "USER"):
        _join(catalog, name, reader.names())
    elif kind == "GROUP" and reader.take("DROP", "USER"):
        gone = reader.names()
        catalog.put_principal(kind, name, [each for each in kept if each not in gone])
    elif kind == "USER":
        catalog.put_principal(kind, name, _options(catalog, reader, name, kept))
    else:
        raise errors.unsupported(f"ALTER {kind} … {reader.text.upper()}")
    reader.end()


def _leave_groups(catalog: Catalog, user: str) -> None:
    for group, members in catalog.principals("GROUP"):
        if user in members:
            catalog.put_principal("GROUP", group, [each for each in members if each != user])


def drop(catalog: Catalog, reader: Reader, kind: str) -> None:
    """A user or group that has privileges stays; a user who goes leaves the groups.

    https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_USER.html,
    https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_GROUP.html
    """
    exists = reader.take("IF", "EXISTS")
    for name in reader.names():
        if not exists:
            _need(catalog, kind, name)
        label = name if kind == "USER" else f"{kind.lower()} {name}"
        if kind != "ROLE" and any(grantee == label for _, _, grantee in catalog.grants()):
            noun = kind.lower()
            raise errors.error(f'{noun} "{name}" can\'t be dropped because the {noun} has a privilege on some object')
        if kind == "USER":
            _leave_groups(catalog, name)
        catalog.drop_principal(kind, name)
    _ = reader.take("FORCE") or reader.take("RESTRICT")
    reader.end()
