"""`make chaos`: every remote call of every DAG, struck by every fault, and the tables compared.

A run is seeded, and goes on where it was stopped: what has ended is in `results.jsonl` of its state directory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from laptop.environment import STATE
from laptop.stack import free_port
from tests.chaos import report
from tests.chaos.endpoint import Endpoint
from tests.chaos.faults import Case, every_case, plan
from tests.chaos.suite import Chain, ChaosError, Day, Outcome, store_days
from tests.chaos.workers import Workers

OPTIONS = {"lease_minutes": "60"}
ACCOUNT = 200_000_000_000


class Run:
    """One run of the suite, in its state directory.

    :param state: what it leaves.
    """

    def __init__(self, state: Path, seed: int, most: int, length: int) -> None:
        self._state = state
        self._seed = seed
        self._most = most
        self._days = store_days(length, seed)
        self._results = state / "results.jsonl"

    def reference(self) -> list[Day]:
        """The days undisturbed, lived through once."""
        kept = self._state / "reference.json"
        if not kept.exists():
            _say(f"undisturbed: {len(self._days)} days")
            with _World(self._state / "reference") as (endpoint, workers):
                days = []
                for day in Chain(endpoint, workers, str(ACCOUNT), self._days).undisturbed():
                    days.append(asdict(day))
                    _say(f"undisturbed: day {len(days)} of {len(self._days)}")
            kept.write_text(json.dumps(days))
        return [Day(**each) for each in json.loads(kept.read_text())]

    def chains(self, reference: list[Day]) -> list[list[dict[str, Case]]]:
        """Chains of days with their cases."""
        calls: dict[str, dict[str, int]] = {}
        for day in reference:
            for stage, found in day.calls.items():
                kept = calls.setdefault(stage, {})
                kept.update({call: min(count, kept.get(call, count)) for call, count in found.items()})
        days = plan(every_case(calls), self._most, self._seed)
        return [days[first : first + len(self._days)] for first in range(0, len(days), len(self._days))]

    def live(self, shard: int, shards: int, chains: list[list[dict[str, Case]]], reference: list[Day]) -> None:
        """Live through this shard's chains that have not ended yet."""
        done = {(each["chain"], each["day"]) for each in self.results()}
        todo = [
            n for n in range(shard, len(chains), shards) if not all((n, day) in done for day in range(len(chains[n])))
        ]
        if not todo:
            return
        with _World(self._state / f"shard-{shard}") as (endpoint, workers):
            for number in todo:
                try:
                    self._chain(number, chains[number], reference, endpoint, workers)
                except ChaosError as error:
                    _say(f"chain {number + 1}: {error}")

    def _chain(
        self, number: int, days: list[dict[str, Case]], reference: list[Day], endpoint: Endpoint, workers: Workers
    ) -> None:
        account = str(ACCOUNT + 1 + number + 1000 * int(time.time() % 1_000_000))
        chain = Chain(endpoint, workers, account, self._days)
        for day, cases in enumerate(days):
            outcomes = chain.disturbed(day, cases, reference[day])
            self._note(number, day, outcomes)
            for outcome in outcomes:
                _say(f"chain {number + 1} day {day + 1}  {_line(outcome)}")
            if any(outcome.failed for outcome in outcomes):
                raise ChaosError("abandoned: what follows would differ too")

    def _note(self, chain: int, day: int, outcomes: list[Outcome]) -> None:
        lines = [json.dumps({"chain": chain, "day": day, **outcome.shape()}) + "\n" for outcome in outcomes]
        with self._results.open("a") as file:
            file.write("".join(lines))

    def results(self) -> list[dict[str, Any]]:
        """What has ended, the last outcome of each case."""
        if not self._results.exists():
            return []
        found = [json.loads(line) for line in self._results.read_text().splitlines()]
        return list({json.dumps(each["case"]): each for each in found}.values())


class _World:
    """An endpoint and an Airflow, in a directory of their own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> tuple[Endpoint, Workers]:
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True)
        self._endpoint = Endpoint(self._directory / "local_aws", free_port())
        self._endpoint.start()
        return self._endpoint, Workers(self._directory / "airflow", self._endpoint.url, OPTIONS)

    def __exit__(self, *_: object) -> None:
        self._endpoint.stop()


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    state = options.state or STATE / "chaos" / f"{options.seed}-{options.faults}-{options.days}"
    if options.fresh:
        shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, exist_ok=True)
    run = Run(state, options.seed, options.faults, options.days)
    reference = run.reference() if (state / "reference.json").exists() else _apart(run.reference)
    chains = run.chains(reference or run.reference())
    planned = sum(len(day) for chain in chains for day in chain)
    _say(f"{planned} faults in {len(chains)} chains of {options.days} days, seed {options.seed}")
    pids = [
        _fork(lambda shard=shard: run.live(shard, options.shards, chains, run.reference()))
        for shard in range(options.shards)
    ]
    broken = [pid for pid in pids if os.waitpid(pid, 0)[1]]
    results, minutes = run.results(), (time.monotonic() - began) / 60
    struck = [each for each in results if each["struck"]]
    lost = [each for each in struck if each["failed"]]
    text = report.faults(results, options.seed, minutes)
    (state / "faults.md").write_text(text + "\n")
    if options.write:
        report.write("faults", text)
    _say(f"\n{len(struck)} faults struck, {len(struck) - len(lost)} survived, {minutes:.1f} minutes: {state}/faults.md")
    for each in lost:
        _say(f"NOT SURVIVED  {each['case']}: {each['failed']}")
    return 1 if lost or broken or len(struck) < options.at_least else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=260, help="how many at most; 0: all that there are")
    parser.add_argument("--at-least", type=int, default=0, help="fail when fewer found a call to strike")
    parser.add_argument("--days", type=int, default=10, help="how many days a chain has")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=2, help="how many chains at a time")
    parser.add_argument("--state", type=Path, help="what the run leaves; it goes on with what is there")
    parser.add_argument("--fresh", action="store_true", help="begin anew")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    return parser


def _apart(work: Any) -> None:
    """Do it in a process of its own: Airflow, once loaded, is bound to one place."""
    pid = _fork(work)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("the undisturbed days failed")


def _fork(work: Any) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _line(outcome: Outcome) -> str:
    if outcome.failed:
        told = f"NOT SURVIVED: {outcome.failed}"
    elif not outcome.struck:
        told = "no such call"
    else:
        told = "survived" + (f" ({outcome.tries} tries)" if outcome.tries > 1 else "")
    hit = f" [{outcome.hit}]" if outcome.hit else ""
    return f"{outcome.seconds:5.1f} s  {outcome.case}{hit}: {told}"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
