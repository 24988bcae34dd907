"""What must hold of grouping whatever the folders look like."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from local_aws.crawl.files import UNKNOWN, FileSchema
from local_aws.crawl.group import group, partition_keys, partition_values
from local_aws.crawl.plan import Context, Known, plan
from local_aws.crawl.settings import Settings
from local_aws.crawl.table import draft
from local_aws.objects import StoredObject

KINDS = [
    FileSchema("json", "gzip", {"a": "int", "b": "int"}, 2, 9.0, paths=("a", "b")),
    FileSchema("json", "gzip", {"c": "string", "d": "double"}, 2, 9.0, paths=("c", "d")),
    FileSchema("json", "none", {"a": "int"}, 1, 9.0, paths=("a",)),
    FileSchema("csv", "none", {"a": "bigint", "b": "string"}, 3, 4.0, (("delimiter", ","), ("serde", "None"))),
    FileSchema(UNKNOWN),
]
folders = st.lists(st.sampled_from(["x", "y", "k=1", "k=2", "m=1"]), max_size=3)
files = st.dictionaries(
    st.tuples(folders, st.sampled_from(["p1", "p2"])).map(lambda each: "/".join([*each[0], each[1]])),
    st.sampled_from(KINDS),
    max_size=8,
)


def found(tree: dict[str, FileSchema]) -> list[tuple[StoredObject, FileSchema]]:
    now = datetime(2010, 12, 1, tzinfo=UTC)
    return [(StoredObject("b", f"raw/{key}", 10, key, now, Path(key)), schema) for key, schema in sorted(tree.items())]


@given(files, st.booleans(), st.sampled_from([None, 2, 3]))
def test_every_recognised_file_is_in_one_table_and_one_partition(
    tree: dict[str, FileSchema], combine: bool, level: int | None
) -> None:
    groups = group(found(tree), ("b", "raw"), combine, level)
    placed = [stored.key for each in groups for leaf in each.leaves for stored, schema in leaf.files if schema.known]
    reached = {f"raw/{key}" for key, schema in tree.items() if schema.known and key.count("/") >= (level or 2) - 2}
    assert sorted(placed) == sorted(reached)


@given(files, st.booleans())
def test_partitions_of_a_table_have_distinct_values_one_a_key(tree: dict[str, FileSchema], combine: bool) -> None:
    for each in group(found(tree), ("b", "raw"), combine):
        keys = partition_keys(each, ["k"])
        values = [tuple(partition_values(leaf, keys)) for leaf in each.leaves]
        assert len(set(values)) == len(values)
        assert {len(value) for value in values} == {len(keys)}
        assert len({name for name, _ in keys} | {"k"}) == len(keys) + 1


@given(files, st.booleans(), st.booleans(), st.booleans())
def test_what_a_plan_writes_leaves_the_next_plan_nothing(
    tree: dict[str, FileSchema], combine: bool, merge: bool, inherit: bool
) -> None:
    drafts = [draft(each, "c", []) for each in group(found(tree), ("b", "raw"), combine)]
    context = Context("c", "p_", Settings(merge_columns=merge, inherit=inherit), ["b/raw"], 0)
    first = plan(drafts, {}, context)
    assert {each.action for each in first} <= {"ADD"}
    known = {each.name: Known(each.table_input, lambda each=each: each.add) for each in first}
    assert len(known) == len(drafts)
    assert plan(drafts, known, context) == []
