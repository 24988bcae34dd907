"""GRANT and REVOKE. https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session


def grant(session: Session, reader: Reader) -> Outcome:
    return _privileges(reader, "TO", session.catalog.grant)


def revoke(session: Session, reader: Reader) -> Outcome:
    if reader.take("GRANT", "OPTION", "FOR"):
        raise errors.unsupported("REVOKE GRANT OPTION FOR")
    return _privileges(reader, "FROM", session.catalog.revoke)


def _privileges(reader: Reader, towards: str, record: Callable[[str, str, str], None]) -> Outcome:
    """Recorded, and shown in svv_relation_privileges. Deviates: privileges are not checked; there is one user.

    https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
    """
    privileges = [_words(reader, {"ON", towards, ","})]
    while reader.take(","):
        privileges.append(_words(reader, {"ON", towards, ","}))
    objects = [""]
    if reader.take("ON"):
        reader.take("TABLE")  # the word may be left out
        objects = [_words(reader, {towards, ","})]
        while reader.take(","):
            objects.append(_words(reader, {towards, ","}))
    reader.need(towards)
    grantees = [_words(reader, {",", "WITH", ";"})]
    while reader.take(","):
        grantees.append(_words(reader, {",", "WITH", ";"}))
    from local_aws.sql.redshift.session import Outcome

    for each in objects:
        for privilege in privileges:
            for grantee in grantees:
                record(each.lower(), privilege.upper().replace(" PRIVILEGES", ""), grantee.lower())
    return Outcome()


def _words(reader: Reader, stops: set[str]) -> str:
    found, depth = list[str](), 0
    while reader.text and (depth or reader.text.upper() not in stops):
        found.append(reader.value())
        depth += {"(": 1, ")": -1}.get(found[-1], 0)
    if not found:
        raise errors.syntax(reader.text or "end of statement")
    return " ".join(found).replace(" . ", ".")
