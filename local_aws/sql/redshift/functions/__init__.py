"""Redshift's functions: what each returns, and how DuckDB computes it. A name that is not here does not exist."""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.aggregates import AGGREGATES
from local_aws.sql.redshift.functions.call import Function, plain_arguments
from local_aws.sql.redshift.functions.dates import DATES
from local_aws.sql.redshift.functions.hashes import HASHES
from local_aws.sql.redshift.functions.json_texts import JSON_TEXTS
from local_aws.sql.redshift.functions.numbers import NUMBERS
from local_aws.sql.redshift.functions.privileges import PRIVILEGES
from local_aws.sql.redshift.functions.regexps import REGEXPS
from local_aws.sql.redshift.functions.supers import SUPERS, is_math
from local_aws.sql.redshift.functions.texts import TEXTS
from local_aws.sql.redshift.functions.windows import WINDOWS

__all__ = ["Function", "find", "plain_arguments"]

FUNCTIONS: dict[str, Function] = {
    **TEXTS,
    **REGEXPS,
    **JSON_TEXTS,
    **HASHES,
    **SUPERS,
    **NUMBERS,
    **DATES,
    **AGGREGATES,
    **WINDOWS,
    **PRIVILEGES,
}


def find(name: str) -> Function | None:
    """The function of that name, in any case of letters."""
    return FUNCTIONS.get(name.lower())


_ON_ANY = {"coalesce", "nvl", "nvl2", "isnull", "nullif", "decode", "json_serialize", "min", "max", "any_value"}
_ON_ANY |= {"count", "approximate_count", *WINDOWS}


def takes_super(name: str) -> bool:
    """Whether a function takes SUPER values as they are; others want a cast."""
    return name.lower() in SUPERS or name.lower() in _ON_ANY or is_math(name)


def is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() in AGGREGATES
