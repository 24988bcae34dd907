"""Accounts for tests: no two tests or fixtures of a process share one, unless they ask for the same."""

from __future__ import annotations

import itertools

_numbers = itertools.count(100_000_000_001)


def new_account() -> str:
    """The id of an account in which nothing is yet. It is also the access key that signs for it."""
    return str(next(_numbers))
