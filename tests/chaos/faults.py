"""What can go wrong at a remote call, and the cases made of it: each call of an undisturbed run, by its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

SENDING = "sending"
LAKE, WAREHOUSE, DASHBOARDS = "order_lake", "order_warehouse", "sales_dashboards"
STAGES = (SENDING, LAKE, WAREHOUSE, DASHBOARDS)
HELD = 30
"""For how many seconds a call is held until its process is killed."""
IN_A_ROW = 6
"""More than botocore tries a call."""
CLEARS, TRIGGERS = "clears it all", "triggers it again"
ASKED_FOR = 99
"""Whoever clears or triggers a run wants its jobs done again."""


@dataclass(frozen=True)
class Kind:
    """One way to go wrong.

    :param name: as docs/reliability.md has it.
    :param fault: local_aws' fault, after `service.Action#`; `{n}` is the call's number, `{last}` that of the last one.
    :param kills: whose process dies while the call is held: `worker`, `local_aws`, or nobody's.
    :param heals: the run ends in an error; then the fault goes, and a person clears what failed.
    :param person: what a person does as soon as the process is dead, or after the run when nobody's dies.
    :param extra: how many remote jobs more than undisturbed may have been started, where the job itself was lost: there
        is nothing to adopt.
    """

    name: str
    fault: str
    kills: str = ""
    heals: bool = False
    person: str = ""
    extra: int = 0


KINDS = {
    kind.name: kind
    for kind in (
        Kind("throttled", "{n}=throttle"),
        Kind("internal error", "{n}=500"),
        Kind("no answer", "{n}=timeout:0.2"),
        Kind("answer lost", "{n}=drop"),
        Kind("answers lost until the try fails", "{n}-{last}=drop"),
        Kind("throttled until the run fails, then healed", "{n}-=throttle", heals=True),
        Kind("worker killed before the call", f"{{n}}=timeout:{HELD}", kills="worker"),
        Kind("worker killed after the call", f"{{n}}=late:{HELD}", kills="worker"),
        Kind("worker killed, the call is done later", f"{{n}}=delay:{HELD}", kills="worker"),
        Kind("local_aws killed before the call", f"{{n}}=timeout:{HELD}", kills="local_aws", extra=1),
        Kind("local_aws killed after the call", f"{{n}}=late:{HELD}", kills="local_aws", extra=1),
        Kind("worker killed, marked failed, cleared", f"{{n}}=late:{HELD}", "worker", person=CLEARS, extra=ASKED_FOR),
        Kind(
            "worker killed, marked failed, triggered again",
            f"{{n}}=late:{HELD}",
            "worker",
            person=TRIGGERS,
            extra=ASKED_FOR,
        ),
        Kind("done, then all of it cleared", "{n}=drop", person=CLEARS, extra=ASKED_FOR),
    )
}
OF_DELIVERIES = {
    kind.name: kind
    for kind in (Kind("delivered twice", "{n}=twice"), Kind("delivered in another order", "{n}=overtaken"))
}
OF_RECORDS = {kind.name: kind for kind in (Kind("every second record fails", "{n}=records:2"),)}
OF_SENDING = ("throttled", "internal error", "no answer", "answer lost")
ALL = KINDS | OF_DELIVERIES | OF_RECORDS


@dataclass(frozen=True)
class Case:
    """One fault: a stage of the day, a call of it, its number, and what goes wrong."""

    stage: str
    call: str
    number: int
    kind: str

    @property
    def of(self) -> Kind:
        return ALL[self.kind]

    @property
    def fault(self) -> str:
        return f"{self.call}#" + self.of.fault.format(n=self.number, last=self.number + IN_A_ROW - 1)

    def __str__(self) -> str:
        return f"{self.stage}: {self.call}, call {self.number}: {self.kind}"

    def shape(self) -> dict[str, Any]:
        return asdict(self)


def every_case(calls: dict[str, dict[str, int]]) -> Iterator[Case]:
    """Each fault that the calls of an undisturbed day allow.

    :param calls: stage → call → how often it was made.
    """
    for stage in STAGES:
        for call, count in sorted(calls.get(stage, {}).items()):
            for number in range(1, count + 1):
                for kind in _kinds(stage, call):
                    if not KINDS.get(kind, Kind("", "")).heals or number == 1:
                        yield Case(stage, call, number, kind)


def _kinds(stage: str, call: str) -> Iterable[str]:
    if call == "firehose.Deliver":
        return OF_DELIVERIES
    if stage != SENDING:
        return KINDS
    return [*OF_SENDING, *OF_RECORDS] if call == "kinesis.PutRecords" else ()


def plan(cases: Iterable[Case], most: int, seed: int) -> list[dict[str, Case]]:
    """Days with a fault in each stage that has one left: seeded, each call with each kind before the same again.

    :param most: how many cases, up to a full day more; 0: all.
    """
    left = list(cases)
    rng = Random(seed)
    rng.shuffle(left)
    met: dict[tuple[str, str, str], int] = {}
    rounds: dict[Case, int] = {}
    for case in left:
        place = case.stage, case.call, case.kind
        rounds[case] = met[place] = met.get(place, 0) + 1
    left.sort(key=lambda case: rounds[case])  # stable: within a round the order stays shuffled
    queues = {stage: [case for case in left if case.stage == stage] for stage in STAGES}
    days: list[dict[str, Case]] = []
    while any(queues.values()) and (not most or sum(map(len, days)) < most):
        days.append({stage: queue.pop(0) for stage, queue in queues.items() if queue})
    return days
