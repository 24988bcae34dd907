"""What moto gives us, and the few things in it that we change: where object bytes lie, what time it is.

moto answers whatever our own services do not: S3, Kinesis' control plane, the Glue catalog, IAM, STS, EC2, Secrets
Manager, CloudWatch. It runs in this process and its backends are plain Python objects.
The changes below, and those of `base_answers.py`, reach into moto's modules; `tests/local_aws/test_base.py` holds them
against the pinned version.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import types
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any


class FinishedFile:
    """A file that becomes an object's: given to S3 in the place of its bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = path.stat().st_size

    def __len__(self) -> int:
        return self._size


class ObjectFile:
    """The bytes of one S3 object in one file of its own, open only while used.

    Stands where moto uses a `SpooledTemporaryFile`, so that objects are on disk once and engines read the file.
    A rewrite goes to a new file first: a reader of the old bytes never sees half of the new ones.
    """

    root: Path
    removed: list[Path] | None = None
    """Files to be removed once the state that named them is no more; None to remove them at once."""

    def __init__(self, max_size: int = 0) -> None:
        name = uuid.uuid4().hex
        self.path = self.root / name[:2] / name
        self._position = 0

    @classmethod
    def named(cls, name: str) -> ObjectFile:
        """The file that an earlier process wrote."""
        found = cls()
        found.path = cls.root / name[:2] / name
        return found

    def seek(self, position: int) -> int:
        self._position = position
        return position

    def truncate(self) -> int:
        if self._position == 0:
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            os.truncate(self.path, self._position)
        return self._position

    def write(self, data: bytes | FinishedFile) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, FinishedFile):
            shutil.move(data.path, self.path)
        elif self._position == 0:
            fresh = self.path.with_suffix(".new")
            fresh.write_bytes(data)
            fresh.replace(self.path)
        else:
            with self.path.open("r+b") as file:
                file.seek(self._position)
                file.write(data)
        self._position += len(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        if not self.path.exists():
            return b""
        with self.path.open("rb") as file:
            file.seek(self._position)
            data = file.read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        if ObjectFile.removed is None:
            self.path.unlink(missing_ok=True)
        else:
            ObjectFile.removed.append(self.path)


def keep_objects_in(directory: Path, kept: bool = False) -> None:
    """Have S3 keep each object's bytes as a file below `directory`, emptied first unless they are `kept`."""
    if not kept:
        shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    ObjectFile.root, ObjectFile.removed = directory, None
    models: Any = importlib.import_module("moto.s3.models")
    models.tempfile = types.SimpleNamespace(SpooledTemporaryFile=ObjectFile)


def defer_removals() -> None:
    """From now on, files of objects that are gone stay until `remove_deferred`."""
    ObjectFile.removed = []


def remove_deferred(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def deferred() -> list[Path]:
    """The files whose objects are gone by now; they are taken from the list."""
    waiting, ObjectFile.removed = ObjectFile.removed or [], []
    return waiting


def remove_unused(used: set[str]) -> None:
    """Remove files that belong to no object: what was being written, or taken away, when a process ended."""
    for path in ObjectFile.root.glob("*/*"):
        if path.name not in used:
            path.unlink(missing_ok=True)


def watch_keys(touch: Callable[[Any, str], None]) -> None:
    """Have `touch(keys of a bucket, name)` called whenever a key gets or loses a version."""
    stores: Any = importlib.import_module("moto.s3.utils")._VersionedKeyStore
    for name in ("__setitem__", "setlist", "pop"):
        own = getattr(stores, name)
        original = getattr(own, "original", own)

        def watched(store: Any, key: str, *values: Any, original: Any = original) -> Any:
            try:
                return original(store, key, *values)
            finally:
                touch(store, key)

        watched.original = original  # type: ignore[attr-defined]
        setattr(stores, name, watched)


def watch_tags(touch: Callable[[Any, str], None]) -> None:
    """Have `touch(tags of a service's things, ARN)` called whenever the tags of an ARN change."""
    tagging: Any = importlib.import_module("moto.utilities.tagging_service").TaggingService
    untag = ("untag_resource_using_names", "untag_resource_using_tags", "delete_all_tags_for_resource")
    for name in ("tag_resource", *untag):
        own = getattr(tagging, name)
        original = getattr(own, "original", own)

        def watched(tagger: Any, arn: str, *values: Any, original: Any = original, **named: Any) -> Any:
            try:
                return original(tagger, arn, *values, **named)
            finally:
                touch(tagger, arn)

        watched.original = original  # type: ignore[attr-defined]
        setattr(tagging, name, watched)


def follow_clock(now: Callable[[], datetime]) -> None:
    """Have the base stamp what it makes by `now` (naive UTC) instead of the machine's clock.

    Its modules take the function over when they are imported: those that are, have it replaced; those to come, find it.
    """
    importlib.import_module("moto.core.utils")
    for name, module in tuple(sys.modules.items()):
        if name.startswith("moto.") and hasattr(module, "utcnow"):
            module.utcnow = now  # type: ignore[attr-defined]


def backend(service: str, account_id: str, region: str) -> Any:
    """moto's backend object of a service, such as `s3` or `glue`, for an account and a region."""
    from moto.backends import get_backend

    return get_backend(service)[account_id][region]  # type: ignore[call-overload]


def place_of(service: str, account_id: str, region: str) -> str:
    """The region under which the base keeps a service's state: `aws` for those that have none."""
    from moto.backends import get_backend

    return region if region in get_backend(service)[account_id].regions else "aws"  # type: ignore[call-overload]


def has(service: str) -> bool:
    """Whether the base knows a service."""
    from moto.backends import list_of_moto_modules

    return service in set(list_of_moto_modules())


def buckets() -> list[tuple[str, Any]]:
    """(account id, bucket) of all accounts."""
    from moto.s3.models import s3_backends

    return [
        (account, each) for account, own in tuple(s3_backends.items()) for each in tuple(own["aws"].buckets.values())
    ]


def s3_taggers() -> dict[int, str]:
    """The account of each tagger of S3, by the tagger's identity."""
    from moto.s3.models import s3_backends

    return {id(own["aws"].tagger): account for account, own in tuple(s3_backends.items())}


def own_bucket(name: str, account_id: str) -> None:
    """Enter a bucket's name among those of all accounts."""
    from moto.s3.models import s3_backends

    s3_backends.bucket_accounts[name] = ("aws", account_id)


def account_of(access_key: str) -> str:
    """The account that an access key belongs to; a key of twelve digits names its account itself."""
    from moto.iam.models import get_account_id_from

    return access_key if len(access_key) == 12 and access_key.isdigit() else str(get_account_id_from(access_key))


def identity_of(account_id: str, access_key: str) -> tuple[str, list[str]] | None:
    """The ARN and the policy documents of who has an access key that IAM or STS gave out; None if they did not."""
    control: Any = importlib.import_module("moto.iam.access_control")
    token = {"X-Amz-Security-Token": next(iter(_tokens(account_id, access_key)), "")}
    try:
        key = control.create_access_key(account_id, "aws", access_key, token if access_key.startswith("ASIA") else {})
    except control.CreateAccessKeyFailure:
        return None
    return key.arn, [_document_of(each) for each in key.collect_policies()]


def _tokens(account_id: str, access_key: str) -> list[str]:
    from moto.sts.models import sts_backends

    sessions = tuple(sts_backends[account_id]["aws"].assumed_roles)
    return [each.session_token for each in sessions if each.access_key_id == access_key]


def _document_of(policy: Any) -> str:
    """The text of a policy, in each of the forms in which the base keeps them."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, dict):
        return str(policy["policy_document"])
    return str(next(each.document for each in policy.versions if each.is_default))
