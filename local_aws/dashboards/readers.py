"""Who reads a dashboard, and what of a data set that reader may see.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/row-level-security.html and
restrict-access-to-a-data-set-using-row-level-security.html (a rule's row grants what its fields say, an empty field
everything; who is in no rule sees nothing; rows of one reader are joined by OR),
restrict-access-to-a-column-using-column-level-security.html. Deviates: who reads is said in the page's address
(`?user=…&group=…`), since local_aws has no log-in; tag-based rules are for anonymous embedding, which there is not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.spice.types import STRING, Column, literal, quoted

Rows = Sequence[Mapping[str, Any]]
_NAMES = {"username": "user", "groupname": "group", "userarn": "user", "grouparn": "group"}


@dataclass(frozen=True)
class Reader:
    """:param user: the user's name in the default namespace."""

    user: str
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Mapping[str, Sequence[str]]) -> Reader:
        """From a page's address; without a user it is the one that the settings name."""
        default = os.environ.get("LOCAL_AWS_QUICKSIGHT_USER", "local")
        return cls(next(iter(query.get("user") or ()), default), tuple(query.get("group") or ()))

    def is_one_of(self, kind: str, principal: str) -> bool:
        """Whether a principal, given by name or by ARN, is this reader or a group of theirs."""
        name = principal.rpartition("/")[2]
        return name == self.user if kind == "user" else name in self.groups


def visible_rows(reader: Reader, rules: Rows, columns: Mapping[str, Column], denies: bool) -> str | None:
    """The condition on the rows of a data set that the reader may see, or None for all of them.

    :param rules: the rows of the permission data set.
    """
    granted = [each for each in rules if _about(reader, each)]
    conditions = [_condition(each, columns) for each in granted]
    if denies:
        return f"NOT ({' OR '.join(conditions)})" if conditions else None
    return f"({' OR '.join(conditions)})" if conditions else "false"


def hidden_columns(reader: Reader, rules: Sequence[Mapping[str, Any]]) -> set[str]:
    """The columns that column-level rules keep from the reader: those that others are named for."""
    hidden: set[str] = set()
    for rule in rules:
        principals = rule.get("Principals") or ()
        if not any(reader.is_one_of("group" if ":group/" in each else "user", each) for each in principals):
            hidden |= set(rule.get("ColumnNames") or ())
    return hidden


def _about(reader: Reader, rule: Mapping[str, Any]) -> bool:
    for name, value in rule.items():
        kind = _NAMES.get(name.lower())
        if kind and value and any(reader.is_one_of(kind, each.strip()) for each in str(value).split(",")):
            return True
    return False


def _condition(rule: Mapping[str, Any], columns: Mapping[str, Column]) -> str:
    parts = []
    for name, value in rule.items():
        if name.lower() in _NAMES or value in {None, ""}:
            continue
        column = columns.get(name)
        if column is None or column.type != STRING:  # a rule that cannot hold grants nothing
            return "false"
        values = ", ".join(literal(each.strip()) for each in str(value).split(","))
        parts.append(f"{quoted(name)} IN ({values})")
    return f"({' AND '.join(parts)})" if parts else "true"
