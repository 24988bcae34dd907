"""Objects to bytes and back: what belongs to the running process (locks, jobs, clocks) stays outside."""

from __future__ import annotations

import io
import pickle
import threading
import types
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.base_backend import BaseBackend
from moto.s3.models import FakeKey

from local_aws import base
from local_aws.clock import Clock
from local_aws.jobs import Job
from local_aws.lake import Lake
from local_aws.streams.stream import StreamLog

_LOCKS = {type(threading.Lock()): "lock", type(threading.RLock()): "rlock"}
_GONE = (Job, StreamLog)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, root: Any) -> None:
        super().__init__(file, protocol=5)
        self._root = root

    def reducer_override(self, value: Any) -> Any:
        """What is not copied gets a name. Asked for objects alone, not for texts and containers: they are the many."""
        named = self._outside(value)
        if named is not None:
            return _outside, named
        if isinstance(value, FakeKey):  # its own state holds the object's bytes
            return object.__new__, (type(value),), ({**value.__dict__},), None, None, _set_state
        if isinstance(value, base.ObjectFile):
            return base.ObjectFile.named, (value.path.name,)
        return NotImplemented

    def _outside(self, value: Any) -> tuple[str, ...] | None:
        """A name for what is not copied; None for what is."""
        if type(value) in _LOCKS:
            return (_LOCKS[type(value)],)
        if isinstance(value, _GONE) or (isinstance(value, types.MethodType) and isinstance(value.__self__, StreamLog)):
            return ("gone",)
        if isinstance(value, types.GeneratorType):
            return ("spent",)
        if isinstance(value, BaseBackend) and value is not self._root:
            return ("backend", type(value).__module__.split(".")[1], value.account_id, value.region_name)
        if isinstance(value, Lake):
            return ("lake",)
        return ("clock",) if isinstance(value, Clock) else None


def _outside(*named: str) -> Any:
    """Stands in the rows for what they name; the reader of a row puts its own in this place."""
    raise TypeError(f"{named[0]} is named in a row that is read without it")


def _set_state(value: Any, state: tuple[dict[str, Any]]) -> None:
    value.__dict__.update(state[0])


def packed(value: Any) -> bytes:
    """:raises Exception: for what cannot be kept; a container that changes meanwhile is tried again."""
    for attempt in range(20):
        file = io.BytesIO()
        try:
            _Pickler(file, value).dump(value)
            return file.getvalue()
        except RuntimeError:  # changed size during iteration: another thread writes into it
            if attempt == 19:
                raise
    raise AssertionError("not reached")


def unpacked(data: bytes, present: Mapping[str, Any]) -> Any:
    """:param present: the `lake` and `clock` of now."""
    made: dict[str, Callable[[], Any]] = {"lock": threading.Lock, "rlock": threading.RLock, "gone": lambda: None}
    made["spent"] = lambda: iter(())

    def outside(*named: str) -> Any:
        if named[0] == "backend":
            return base.backend(*named[1:])
        return made[named[0]]() if named[0] in made else present[named[0]]

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return outside if (module, name) == (__name__, _outside.__name__) else super().find_class(module, name)

    return Unpickler(io.BytesIO(data)).load()
