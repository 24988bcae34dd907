"""What goes wrong between the store and the stream: lateness, repeats, and records that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from random import Random

from producer.order import payload
from producer.simulate.orders import OrderLine


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Shares of lines, 0 to 1: that arrive hours to days late, that are sent again, that cannot be read."""

    late: float = 0.01
    duplicate: float = 0.01
    unreadable: float = 0.001

    def __post_init__(self) -> None:
        for share in fields(self):
            if not 0 <= getattr(self, share.name) <= 1:
                raise ValueError(f"the share {share.name} is {getattr(self, share.name)}, not between 0 and 1")

    @classmethod
    def none(cls) -> Shares:
        return cls(late=0, duplicate=0, unreadable=0)


def late_by(rng: Random) -> timedelta:
    """Mostly a till that was offline for hours; sometimes one that was for days."""
    return timedelta(minutes=rng.randint(61, 600) if rng.random() < 0.7 else rng.randint(601, 4 * 1440))


def repeated_after(rng: Random) -> timedelta:
    """At once (an answer was lost), hours later (a job was restarted), or days later (a file was sent
    again)."""
    form = rng.random()
    if form < 0.6:
        return timedelta(0)
    return timedelta(minutes=rng.randint(30, 720) if form < 0.85 else rng.randint(1440, 3 * 1440))


def spoil(rng: Random, line: OrderLine) -> tuple[str, bytes]:
    """What is wrong with the record, and the record. No line ends: one record stays one line in the lake."""
    reason = rng.choice(tuple(_SPOILERS))
    return reason, _SPOILERS[reason](rng, line)


def _not_json(rng: Random, line: OrderLine) -> bytes:
    return f"till {rng.randint(1, 9)}: printer out of paper, order {line.event_id[:8]}".encode()


def _truncated(rng: Random, line: OrderLine) -> bytes:
    whole = payload(line.members, line.event_id, line.moment)
    return whole[: rng.randint(10, len(whole) - 10)]


def _text_quantity(rng: Random, line: OrderLine) -> bytes:
    before, after = line.members.split('"Quantity":')
    members = before + '"Quantity":"' + rng.choice(("six", "a dozen", "n/a", "12 pcs")) + '",' + after.partition(",")[2]
    return payload(members, line.event_id, line.moment)


def _no_event_id(rng: Random, line: OrderLine) -> bytes:
    return f'{{{line.members},"event_time":"{line.moment.isoformat()[:19]}Z"}}'.encode()


def _invalid_utf8(rng: Random, line: OrderLine) -> bytes:
    whole = payload(line.members, line.event_id, line.moment)
    return whole.replace(b'"Country":"', b'"Country":"\xff\xfe\x80' + bytes([rng.randint(0xC0, 0xFF)]))


def _empty(rng: Random, line: OrderLine) -> bytes:
    return b""


_SPOILERS: dict[str, Callable[[Random, OrderLine], bytes]] = {
    "not JSON": _not_json,
    "truncated JSON": _truncated,
    "text for a quantity": _text_quantity,
    "no event_id": _no_event_id,
    "invalid UTF-8": _invalid_utf8,
    "empty": _empty,
}
