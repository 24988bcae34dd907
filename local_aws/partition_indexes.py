"""Definitions of partition indexes, as owners ask for them and as crawlers make them.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/partition-indexes.html (three a table; keys are partition keys of
string, integer or date types; an index over values that do not fit has failed and tells them).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from local_aws.errors import AwsError

Shape = dict[str, Any]

INVALID = "InvalidInputException"
MOST_INDEXES = 3
_INTEGER = re.compile(r"[+-]?\d+")
_FORMS = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), _INTEGER),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
}


def new_indexes(
    given: list[Shape], keys: list[Shape], before: list[Shape], partitions: Iterable[list[str]] = ()
) -> list[Shape]:
    """The descriptors of indexes to be added to those of `before`.

    :param partitions: the `Values` of the partitions that are there.
    :raises AwsError: for a fourth index, a name or keys that are taken, keys that the table does not have.
    """
    if len(given) + len(before) > MOST_INDEXES:
        raise AwsError("ResourceNumberLimitExceededException", f"A table has at most {MOST_INDEXES} partition indexes.")
    types = {each["Name"].lower(): each.get("Type", "string").lower() for each in keys}
    made: list[Shape] = []
    for each in given:
        names = [key.lower() for key in each["Keys"]]
        for other in (*before, *made):
            if other["IndexName"] == each["IndexName"] or [key["Name"] for key in other["Keys"]] == names:
                raise AwsError("AlreadyExistsException", f"Partition index {other['IndexName']} exists already.")
        if not names or len({*names}) != len(names) or not types.keys() >= {*names}:
            raise AwsError(INVALID, f"The keys of index {each['IndexName']} must be partition keys: {', '.join(names)}")
        for name in names:
            if types[name] not in {"string", *_FORMS} and not types[name].startswith(("varchar", "char")):
                raise AwsError(INVALID, f"Partition key {name} of type {types[name]} cannot be indexed.")
        made.append(_descriptor(each["IndexName"], names, types, partitions))
    return made


def _descriptor(name: str, keys: list[str], types: dict[str, str], partitions: Iterable[list[str]]) -> Shape:
    forms = [(place, _FORMS[types[key]]) for place, key in enumerate(types) if key in keys and types[key] in _FORMS]
    misfits = [values for values in partitions if any(not form.fullmatch(values[place]) for place, form in forms)]
    shown: Shape = {
        "IndexName": name,
        "Keys": [{"Name": key, "Type": types[key]} for key in keys],
        "IndexStatus": "FAILED" if misfits else "ACTIVE",
    }
    if misfits:
        partitions_told = [{"Values": values} for values in misfits[:10]]
        shown["BackfillErrors"] = [{"Code": "INVALID_PARTITION_TYPE_DATA_ERROR", "Partitions": partitions_told}]
    return shown
