"""Sessions of the Data API: connections kept open between statements, with their temporary tables and transaction.

Evidence: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-session-reuse.html
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from local_aws.errors import AwsError

if TYPE_CHECKING:
    from local_aws.lake import Lake
    from local_aws.sql.redshift.session import Session

MOST_OPEN = 500
_pids = itertools.count(2_000_001)


@dataclass
class KeptSession:
    """A session; `session` is its connection, once the first statement has run."""

    id: str
    database: str
    user: str
    workgroup: str | None
    cluster: str | None
    seconds: int
    created: datetime
    expires: datetime
    lake: Lake
    pid: int = field(default_factory=lambda: next(_pids))
    session: Session | None = None
    running: str | None = None
    closed: bool = False

    @property
    def status(self) -> str:
        if self.closed:
            return "CLOSED"
        return "BUSY" if self.running is not None else "AVAILABLE"

    def take(self, statement_id: str) -> None:
        self.running = statement_id

    def release(self) -> None:
        """A statement ended: the time to live begins anew."""
        self.running = None
        self.expires = self.lake.clock.now() + timedelta(seconds=self.seconds)

    def close(self) -> None:
        self.closed = True
        if self.session is not None:
            self.session.close()
            self.session = None


class Sessions:
    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._lock = threading.Lock()
        self.all: dict[str, KeptSession] = {}

    def open(self, database: str, user: str, workgroup: str | None, cluster: str | None, seconds: int) -> KeptSession:
        """:raises AwsError: `ActiveSessionsExceededException` over 500 open ones."""
        self.expire()
        if sum(not each.closed for each in self.all.values()) >= MOST_OPEN:
            raise AwsError("ActiveSessionsExceededException", "Active sessions exceeded the allowed quota.")
        now = self._lake.clock.now()
        expires = now + timedelta(seconds=seconds)
        made = KeptSession(self._lake.new_id(), database, user, workgroup, cluster, seconds, now, expires, self._lake)
        self.all[made.id] = made
        return made

    def find(self, identifier: str, seconds: int | None) -> KeptSession:
        """An open session that is free, and taken from now on.

        :raises AwsError: `ResourceNotFoundException` for one that is not there, `ValidationException` for a busy one.
        """
        found = self.known(identifier)
        with self._lock:
            if found.running is not None:
                raise AwsError("ValidationException", f"Session {identifier} is busy running another statement.")
            if seconds is not None:
                found.seconds = seconds
            found.take("")
        return found

    def known(self, identifier: str) -> KeptSession:
        """An open session. :raises AwsError: `ResourceNotFoundException`."""
        self.expire()
        found = self.all.get(identifier)
        if found is None or found.closed:
            raise AwsError("ResourceNotFoundException", "Session is not available.", ResourceId=identifier)
        return found

    def expire(self) -> None:
        now = self._lake.clock.now()
        for each in list(self.all.values()):
            if not each.closed and each.running is None and each.expires < now:
                each.close()

    def end(self, cluster: str) -> None:
        """Close the sessions of a cluster that stops."""
        for each in list(self.all.values()):
            if each.cluster == cluster and not each.closed and each.running is None:
                each.close()

    def close(self) -> None:
        for each in self.all.values():
            if not each.closed:
                each.close()
