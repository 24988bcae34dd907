"""`python -m local_aws`: serve until interrupted."""

from __future__ import annotations

import argparse
import errno
import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from local_aws import __version__


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_aws", description="The analytics services of AWS on this machine."
    )
    parser.add_argument("--port", type=int, default=4580, help="port to listen on (default 4580; 0 takes a free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    parser.add_argument(
        "--data-dir", type=Path, help="where state is kept, also for the next start (default: a temporary directory)"
    )
    parser.add_argument("--fresh", action="store_true", help="keep nothing, and remove what lies in --data-dir")
    parser.add_argument(
        "--clock", metavar="INSTANT", help="what time it is, such as 2010-12-01T00:00:00Z (default: real)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="FAULT",
        help="what is to go wrong, such as athena.StartQueryExecution#2=throttle; repeatable (see local_aws/faults)",
    )
    parser.add_argument(
        "--log-sql", action="store_true", help="log each statement as it was asked, and the SQL that is executed for it"
    )
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    parser.add_argument("--version", action="version", version=f"local_aws {__version__}")
    return parser


def _fault(text: str) -> str:
    """The text of a fault, if it is one: argparse says what is wrong with it."""
    from local_aws.faults import Fault

    try:
        return Fault.parse(text).text
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _banner(url: str, args: argparse.Namespace) -> str:
    """What a person needs to go on; the first line is for programs too."""
    state = "nothing is kept" if args.data_dir is None or args.fresh else f"kept in {args.data_dir.resolve()}"
    lines = [
        f"local_aws is ready: {url}",
        "",
        f"  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=any"
        " AWS_DEFAULT_REGION=us-east-1",
        "",
        f"  console  {url}/    (buckets, tables, queries, a query box)",
        f"  state    {state}",
    ]
    lines += [f"  clock    {args.clock}"] if args.clock else []
    lines += [f"  fault    {each}" for each in args.fault]
    return "\n".join([*lines, "  stop     Ctrl-C"])


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    logging.basicConfig(level=args.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    if args.log_sql:
        logging.getLogger("local_aws.sql").setLevel(logging.DEBUG)
    from local_aws import services
    from local_aws.clock import Clock
    from local_aws.durable import DirectoryRefused
    from local_aws.server import LocalAws

    clock = Clock()
    if args.clock:
        try:
            instant = datetime.fromisoformat(args.clock)
        except ValueError:
            print(f"--clock takes an instant such as 2010-12-01T00:00:00Z, not {args.clock!r}", file=sys.stderr)
            return 2
        clock.set(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    try:
        server = LocalAws(args.port, args.data_dir, clock, args.host, args.fresh)
    except DirectoryRefused as refused:
        print(refused, file=sys.stderr)
        return 2
    server.faults.add(*args.fault)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        server.start()
        print(_banner(server.url, args), flush=True)
        threading.Thread(target=services.load, name="engines").start()  # so that the first query need not wait for it
        signal.pause()
    except OSError as error:
        if error.errno != errno.EADDRINUSE and "in use" not in str(error):
            raise
        print(
            f"port {args.port} is taken: stop what listens there, or choose another with --port",
            file=sys.stderr,
        )
        return 2
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
