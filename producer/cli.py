"""The command line: `python -m producer [ORDERS] --stream NAME`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import islice

from tqdm import tqdm

from producer.arrival import Kind
from producer.destination import check_stream, follow_clock, kinesis_client
from producer.errors import ProducerError
from producer.replay import Replay
from producer.sender import SendResult, send
from producer.simulate import DEFAULT_FIRST_DAY, Shares, Simulation

DEFAULT_STREAM = "CadabraOrders"
_SIMULATED_DAYS = 7
_SHOWN = 5
_MIB = 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 all sent, 2 the arguments or the order files are wrong, 3 the stream cannot be written, 4
    records are unsent, 130 interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    _check(parser, options)
    sent = Counter[str]()
    try:
        source = _source(options)
        if options.dry_run:
            _show(source)
        else:
            _send(source, options, sent)
        _remark(source)
    except ProducerError as error:
        return _fail(error, error.exit_code, sent)
    except KeyboardInterrupt:
        return _fail("interrupted", 130, sent)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fail(error: object, code: int, sent: Counter[str]) -> int:
    after = f" [{sent['records']:,} records had been sent]" if sent["records"] else ""
    print(f"producer: {error}{after}", file=sys.stderr)
    return code


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.follow_clock and not options.endpoint_url:
        parser.error("--follow-clock sets the clock of local_aws: say where it is with --endpoint-url")
    if options.orders and options.days is not None and options.first_day is None:
        parser.error("--days counts from a day: say which with --from")
    if not options.orders:
        options.first_day = options.first_day or DEFAULT_FIRST_DAY
        options.days = options.days or _SIMULATED_DAYS
    if options.days and options.first_day.toordinal() + options.days > date.max.toordinal():
        parser.error(f"--days {options.days} from {options.first_day} is past the year 9999")


def _source(options: argparse.Namespace) -> Replay | Simulation:
    if options.orders:
        return Replay(options.orders, options.first_day, options.days)
    return Simulation(
        options.first_day,
        options.days,
        seed=options.seed,
        orders_per_day=options.orders_per_day,
        shares=Shares(late=options.late, duplicate=options.duplicate, unreadable=options.unreadable),
    )


def _show(source: Replay | Simulation) -> None:
    arrivals = iter(source)
    for arrival in islice(arrivals, _SHOWN):
        print(arrival.payload.decode("utf-8", "backslashreplace"))
    for _ in arrivals:
        pass
    print(f"dry run, nothing sent: {sum(source.counts.values()):,} records ({_kinds(source.counts)})")


def _send(source: Replay | Simulation, options: argparse.Namespace, sent: Counter[str]) -> None:
    region = options.region or ("us-east-1" if options.endpoint_url and not _region_is_set() else None)
    client = kinesis_client(region=region, endpoint_url=options.endpoint_url, profile=options.profile)
    check_stream(client, options.stream)
    began = time.monotonic()
    with tqdm(unit=" records", unit_scale=False, disable=not sys.stderr.isatty()) as bar:

        def progress(records: int) -> None:
            sent["records"] += records
            bar.update(records)

        result = send(
            client,
            options.stream,
            source,
            on_arrival=follow_clock(options.endpoint_url) if options.follow_clock else None,
            progress=progress,
            speed=options.speed,
        )
    print(_summary(result, time.monotonic() - began, options.stream))


def _region_is_set() -> bool:
    return bool(os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))


def _summary(result: SendResult, seconds: float, stream: str) -> str:
    line = (
        f"sent {result.records:,} records ({result.bytes / _MIB:.1f} MiB) to {stream} in {seconds:.1f} s, "
        f"{result.records / max(seconds, 0.001):,.0f} records/s, {result.requests:,} requests, "
        f"{result.retried:,} sent again: {_kinds(result.kinds)}"
    )
    if result.first_arrival and result.last_arrival:
        line += f"; arrivals {result.first_arrival:%Y-%m-%d %H:%M} to {result.last_arrival:%Y-%m-%d %H:%M} UTC"
    return line


def _kinds(counts: Counter[Kind]) -> str:
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in Kind)


def _remark(source: Replay | Simulation) -> None:
    """What the numbers do not say, on stderr."""
    if not isinstance(source, Replay):
        return
    unreadable = source.counts[Kind.UNREADABLE]
    for problem in source.problems:
        print(f"producer: not an order, sent as it is: {problem}", file=sys.stderr)
    if unreadable > len(source.problems):
        print(f"producer: and {unreadable - len(source.problems):,} more lines like these", file=sys.stderr)
    if not source.counts:
        held = f"they hold {source.first_date} to {source.last_date}" if source.first_date else "they hold no lines"
        print(f"producer: no orders on these days in these files: {held}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m producer",
        description="Replay order files, or a simulated store, into a Kinesis data stream.",
    )
    parser.add_argument(
        "orders", nargs="?", help="order file (.csv, .csv.gz) or folder of them; without: a simulated store"
    )
    parser.add_argument("--from", dest="first_day", type=_day, metavar="YYYY-MM-DD", help="first order day")
    parser.add_argument("--days", type=_positive_int, help="number of order days (simulated store: 7)")
    parser.add_argument("--dry-run", action="store_true", help="print the first records and the counts, send nothing")
    parser.add_argument("--speed", type=_positive, help="multiple of real time (default: as fast as possible)")
    stream = parser.add_argument_group("stream")
    stream.add_argument("--stream", default=DEFAULT_STREAM, help="its name (default: %(default)s)")
    stream.add_argument("--region", help="AWS region")
    stream.add_argument("--endpoint-url", help="another endpoint than AWS, as http://127.0.0.1:4566")
    stream.add_argument("--profile", help="profile of the AWS configuration")
    stream.add_argument(
        "--follow-clock", action="store_true", help="set the clock of local_aws to each hour of arrival"
    )
    store = parser.add_argument_group("simulated store")
    shares = Shares()
    store.add_argument("--seed", type=int, default=1, help="same seed, same records (default: %(default)s)")
    store.add_argument("--orders-per-day", type=_positive, default=170.0, help="in an average day of 2010")
    store.add_argument("--late", type=_share, default=shares.late, help="share of late orders (%(default)s)")
    store.add_argument("--duplicate", type=_share, default=shares.duplicate, help="share sent twice (%(default)s)")
    store.add_argument("--unreadable", type=_share, default=shares.unreadable, help="share spoiled (%(default)s)")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a day like 2010-12-01") from None


def _positive_int(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return number
