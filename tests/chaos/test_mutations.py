"""The protections that `tests.chaos.mutations` takes away are there, and so are the tests that must notice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chaos.mutations import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.protects for each in MUTATIONS])
def test_protection_is_there_once_and_its_test_too(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.old) == 1
    file, _, name = mutation.test.partition("::")
    assert re.search(rf"^def {name}\(", Path(ROOT / file).read_text(), re.MULTILINE)
