"""A delivery stream: its configuration as it was given, the hose that works, and how both outlive the process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from local_aws.delivery.hose import Hose
from local_aws.streams.stream import StreamLog
from local_aws.wire import Params

_NOT_ENCRYPTED = {"Status": "DISABLED"}


@dataclass
class Delivery:
    """One delivery stream. `stream` is what it reads, where its source is one of Kinesis."""

    name: str
    kind: str
    config: Params
    hose: Hose
    created: datetime
    source: Params = field(default_factory=dict)
    stream: StreamLog | None = None
    tags: dict[str, str] = field(default_factory=dict)
    updated: datetime | None = None
    encryption: Params = field(default_factory=lambda: dict(_NOT_ENCRYPTED))

    @property
    def encrypted(self) -> bool:
        return bool(self.encryption["Status"] == "ENABLED")

    @classmethod
    def of(cls, kept: Params, hose: Hose) -> Delivery:
        """The delivery stream that an earlier process kept."""
        hose.version = kept["version"]
        found = cls(kept["name"], kept["kind"], kept["config"], hose, datetime.fromisoformat(kept["created"]))
        found.tags, found.encryption = kept["tags"], kept.get("encryption", found.encryption)
        found.updated = datetime.fromisoformat(kept["updated"]) if kept["updated"] else None
        return found

    def keep(self, directory: Path) -> None:
        """Have it outlive the process: written aside and moved, so that it is whole."""
        kept = {
            "name": self.name,
            "kind": self.kind,
            "config": self.config,
            "source": {key: self.source[key] for key in self.source if key != "DeliveryStartTimestamp"},
            "created": self.created.isoformat(),
            "updated": self.updated and self.updated.isoformat(),
            "tags": self.tags,
            "encryption": self.encryption,
            "version": self.hose.version,
        }
        path = directory / self.name / "stream.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(kept))
        fresh.replace(path)
