"""Which folders are tables and which are partitions of one.

The folder tree below an include path is folded from its leaves: folders that hold the same kind of files become
partitions of the folder above, as far up as the include path; where they differ, each is a table of its own.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html (folders and partitions),
https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html (compatible; `CombineCompatibleSchemas`),
https://repost.aws/knowledge-center/glue-crawler-detect-schema (more than 70 % similar, at most five schemas),
https://docs.aws.amazon.com/glue/latest/dg/crawler-table-level.html (`TableLevelConfiguration`).
Deviates: AWS does not say how it measures similarity. Here it is the share of the columns that two schemas have in
common: of the narrower one where columns go by name, of the wider one in CSV, where they go by position.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from local_aws.crawl.csv_text import with_header
from local_aws.crawl.files import FileSchema
from local_aws.objects import StoredObject

SIMILAR = 0.7
MOST_SCHEMAS = 5

Parts = tuple[str, ...]
FoundFile = tuple[StoredObject, FileSchema]
Shape = frozenset[str]


@dataclass
class Leaf:
    """The files of one partition, or of a table without partitions; `parts` are the folders below the table's root."""

    parts: Parts
    files: list[FoundFile]


@dataclass
class Group:
    """A table to be: where its root is and what lies below.

    :param root: the folders (or, for `single`, folders and file) from the bucket down.
    :param kind: format, compression, delimiter; None as long as no file was recognised.
    :param shapes: how many folders have which column names.
    """

    root: Parts
    leaves: list[Leaf]
    kind: tuple[str, ...] | None
    shapes: dict[Shape, int]
    depth: int = 0
    single: bool = False


@dataclass
class _Folder:
    files: list[FoundFile] = field(default_factory=list)
    folders: dict[str, _Folder] = field(default_factory=dict)


def group(files: Iterable[FoundFile], root: Parts, combine: bool = False, level: int | None = None) -> list[Group]:
    """The tables below an include path.

    :param root: the include path as (bucket, folder, …).
    :param combine: whether schemas need not be similar, only compatible.
    :param level: the depth at which tables lie, the bucket being 1; what lies higher is left out.
    """
    tree = _Folder()
    for stored, schema in _settle_headers(list(files)):
        folder = tree
        for part in _folders(stored)[len(root) :]:
            folder = folder.folders.setdefault(part, _Folder())
        folder.files.append((stored, schema))
    starts = [(root, tree)]
    if level is not None:
        starts = _at_level(tree, root, level)
    found = [each for start, folder in starts for each in _fold(folder, start, combine or level is not None)]
    return [each for each in found if each.kind is not None]


def _folders(stored: StoredObject) -> Parts:
    return (stored.bucket, *stored.key.split("/")[:-1])


def _at_level(folder: _Folder, path: Parts, level: int) -> list[tuple[Parts, _Folder]]:
    if len(path) >= level:
        return [(path, folder)]
    return [each for name, inner in sorted(folder.folders.items()) for each in _at_level(inner, (*path, name), level)]


def _fold(folder: _Folder, path: Parts, combine: bool) -> list[Group]:
    below = [_fold(inner, (*path, name), combine) for name, inner in sorted(folder.folders.items())]
    own = _of_files(folder.files, path, combine)
    readable = [each for each in own if each.kind is not None]
    if not any(each.kind is not None for groups in below for each in groups) and (readable or not below):
        return own
    merged = _merge(below, path, combine)
    tables = [merged] if merged else [each for groups in below for each in groups]
    # Files beside folders: the folders keep the table's name, the files become tables of their own.
    return tables + [_single(file, path) for file in folder.files if file[1].known]


def _merge(below: list[list[Group]], path: Parts, combine: bool) -> Group | None:
    """One table at `path` with the folders below as its partitions, if they are alike.

    Folders in which no file was recognised are partitions where they look like one, and in nobody's way otherwise.
    """
    known = [each for groups in below for each in groups if each.kind is not None]
    unknown = [each for groups in below for each in groups if each.kind is None]
    if any(each.single or each.root[:-1] != path for each in known):
        return None
    kinds, depths = {each.kind for each in known}, {each.depth for each in known or unknown}
    if len(kinds) > 1 or len(depths) != 1:
        return None
    kind, depth = next(iter(kinds), None), depths.pop()
    shapes = _count(each.shapes for each in known)
    if not combine and kind is not None and not _alike(shapes, kind):
        return None
    keys = {_key_of(each.root[-1]) for each in known or unknown}
    parts = known + [
        each for each in unknown if each.depth == depth and each.root[:-1] == path and _key_of(each.root[-1]) in keys
    ]
    leaves = [Leaf(each.root[len(path) :] + leaf.parts, leaf.files) for each in parts for leaf in each.leaves]
    return Group(path, sorted(leaves, key=lambda leaf: leaf.parts), kind, shapes, depth + 1)


def _key_of(folder: str) -> str:
    """`k` of a folder `k=v`, nothing of any other."""
    return folder.partition("=")[0].lower() if "=" in folder[1:] else ""


def _of_files(files: list[FoundFile], path: Parts, combine: bool) -> list[Group]:
    """The files of one folder: one table if they are alike, else one each. What is not recognised stays with them."""
    if not files:
        return []
    readable = [(stored, schema) for stored, schema in files if schema.known]
    kinds = {_kind(schema) for _, schema in readable}
    shapes: dict[Shape, int] = {}
    for _, schema in readable:
        shape = frozenset(schema.columns)
        shapes[shape] = shapes.get(shape, 0) + 1
    kind = next(iter(kinds), None)
    if kind is None or (len(kinds) == 1 and (combine or _alike(shapes, kind))):
        folder_shape = {frozenset().union(*shapes): 1} if kind is not None else {}
        return [Group(path, [Leaf((), files)], kind, folder_shape)]
    return [_single(each, path) for each in readable]


def _single(file: FoundFile, path: Parts) -> Group:
    stored, schema = file
    root = (*path, stored.key.rpartition("/")[2])
    return Group(root, [Leaf((), [file])], _kind(schema), {frozenset(schema.columns): 1}, single=True)


def _kind(schema: FileSchema) -> tuple[str, ...]:
    return schema.classification, schema.compression, schema.option("delimiter") or ""


def _count(each: Iterable[dict[Shape, int]]) -> dict[Shape, int]:
    total: dict[Shape, int] = {}
    for shapes in each:
        for shape, times in shapes.items():
            total[shape] = total.get(shape, 0) + times
    return total


def _alike(shapes: dict[Shape, int], kind: tuple[str, ...]) -> bool:
    """Whether more than 70 % of the schemas are similar to one, and no more than five are not."""
    clusters: list[tuple[Shape, int]] = []
    for shape, times in sorted(shapes.items(), key=lambda each: -each[1]):
        for position, (other, count) in enumerate(clusters):
            if _similarity(shape, other, kind) >= SIMILAR:
                clusters[position] = (other, count + times)
                break
        else:
            clusters.append((shape, times))
            if len(clusters) > MOST_SCHEMAS:
                return False
    return max(count for _, count in clusters) > SIMILAR * sum(shapes.values())


def _similarity(one: Shape, other: Shape, kind: tuple[str, ...]) -> float:
    sizes = (len(one), len(other))
    whole = max(sizes) if kind[0] == "csv" else min(sizes)
    return len(one & other) / whole if whole else 0.0


def _settle_headers(files: list[FoundFile]) -> list[FoundFile]:
    """A CSV file whose first row is the header of another one has that header too, though all its values are text."""
    headers = {tuple(schema.columns) for _, schema in files if schema.option("header") == "1"}
    if not headers:
        return files
    return [
        (stored, with_header(schema))
        if schema.option("header") == "0" and schema.first_row in headers
        else (stored, schema)
        for stored, schema in files
    ]


def partition_keys(found: Group, columns: Iterable[str]) -> list[tuple[str, bool]]:
    """Name of each partition key and whether its folders are `k=v`: else it is `partition_0` and so on.

    Deviates: AWS documents no rule for a key that a column of the data also has; here it is numbered like an unnamed
    one, so that no two columns of the table have one name.
    """
    taken = set(columns)
    keys: list[tuple[str, bool]] = []
    for level in range(found.depth):
        names = {_key_of(leaf.parts[level]) for leaf in found.leaves}
        hive = len(names) == 1 and names != {""}
        name = names.pop() if hive else f"partition_{level}"
        keys.append((f"partition_{level}" if name in taken else name, hive))
        taken.add(keys[-1][0])
    return keys


def partition_values(leaf: Leaf, keys: list[tuple[str, bool]]) -> list[str]:
    """A partition's values, one a key: what follows `k=`, or the folder's whole name."""
    return [part.partition("=")[2] if hive else part for (_, hive), part in zip(keys, leaf.parts, strict=True)]
