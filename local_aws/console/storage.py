"""Buckets, folders, objects, and the beginning of an object's text."""

from __future__ import annotations

import zlib
from itertools import groupby

from local_aws.console.html import Html, code, facts, join, link, section, size, table
from local_aws.console.world import World
from local_aws.objects import StoredObject

MOST = 500
PREVIEW_BYTES = 16_384


def view(world: World) -> Html:
    if not world.parts:
        return _buckets(world)
    bucket, prefix = world.parts[0], world.query.get("prefix", "")
    if len(world.parts) == 2:
        return _object(world, world.lake.objects.head(bucket, world.parts[1]))
    return join([_path(world, bucket, prefix), _folder(world, bucket, prefix)])


def _buckets(world: World) -> Html:
    rows = []
    for each in world.client("s3").list_buckets()["Buckets"]:
        objects = world.lake.objects.listing(each["Name"])
        name = link(world.address("storage", each["Name"]), each["Name"])
        rows.append((name, len(objects), size(sum(found.size for found in objects)), each["CreationDate"]))
    return table(("Bucket", "Objects", "Size", "Created"), rows, "There are no buckets: create one with CreateBucket.")


def _path(world: World, bucket: str, key: str) -> Html:
    """Links to each folder above."""
    steps, so_far = [link(world.address("storage", bucket), bucket)], ""
    for part in [each for each in key.split("/") if each]:
        so_far += f"{part}/"
        steps.append(link(world.address("storage", bucket, prefix=so_far), part))
    return Html(f'<p class="path">{" / ".join(steps)}</p>')


def _folder(world: World, bucket: str, prefix: str) -> Html:
    objects = world.lake.objects.listing(bucket, prefix)
    rows = []
    for (name, is_folder), group in groupby(objects, lambda each: _step(each.key, prefix)):
        found = list(group)
        address = world.address("storage", bucket, prefix=prefix + name)
        if not is_folder:
            address = world.address("storage", bucket, found[0].key)
        newest = max(each.last_modified for each in found)
        rows.append(
            (link(address, name), len(found) if is_folder else None, size(sum(each.size for each in found)), newest)
        )
    more = f"The first {MOST} of {len(rows)} are shown." if len(rows) > MOST else ""
    listed = table(("Name", "Objects", "Size", "Newest"), rows[:MOST], "Nothing lies here.")
    return join([listed, Html(f"<p>{more}</p>") if more else Html()])


def _step(key: str, prefix: str) -> tuple[str, bool]:
    """The next part of a key below a prefix, and whether more follows."""
    name, slash, _ = key[len(prefix) :].partition("/")
    return name + slash, bool(slash)


def _object(world: World, found: StoredObject) -> Html:
    folder = found.key.rpartition("/")[0]
    pairs = {"Location": found.uri, "Size": size(found.size), "Modified": found.last_modified, "ETag": found.etag}
    return join(
        [_path(world, found.bucket, folder), section(found.key.rpartition("/")[2], facts(pairs), _preview(found))]
    )


def _preview(found: StoredObject) -> Html:
    """The beginning of the object, unpacked if it is gzip; nothing for what is no text."""
    with found.path.open("rb") as file:
        data = file.read(PREVIEW_BYTES)
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(31).decompress(data, PREVIEW_BYTES)
        except zlib.error:
            return Html()
    shown = data.decode(errors="replace")
    if "\0" in shown or shown.count("�") > 3:
        return Html('<p class="empty">This is no text.</p>')
    return code(shown)
