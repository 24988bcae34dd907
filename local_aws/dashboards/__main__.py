"""`python -m local_aws.dashboards`: dashboards as files.

export   one self-contained HTML file of a dashboard that a running local_aws draws, to send to somebody
check    the Definitions of a folder of API-shaped JSON, offline: shape, enums, limits, references, expressions
pull     a dashboard as it is in QuickSight, edited in its console perhaps, back into its file, in a stable order
diff     where the file and QuickSight differ
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from local_aws.dashboards import files


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local_aws.dashboards", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="write one HTML file of a dashboard")
    export.add_argument("address", help="http://127.0.0.1:4580/dashboards/<account>/<dashboard>")
    export.add_argument("--out", type=Path, help="the file (default: <dashboard>.html)")
    check = commands.add_parser("check", help="check a folder's data sets and dashboards offline")
    check.add_argument("folder", type=Path, help="holds data_sets/*.json and dashboards/*.json")
    for name, text in (
        ("pull", "bring a dashboard from QuickSight into its file"),
        ("diff", "compare file and QuickSight"),
    ):
        each = commands.add_parser(name, help=text)
        each.add_argument("file", type=Path, help="the dashboard's request body, such as dashboards/retail_sales.json")
        each.add_argument("--endpoint", help="a local_aws; without it AWS, by the credentials of this shell")
        each.add_argument("--region", default=None)
    options = parser.parse_args(arguments)
    commands_by_name = {"export": _export, "check": _check, "pull": _pull, "diff": _diff}
    return commands_by_name[options.command](options)


def _export(options: argparse.Namespace) -> int:
    address = options.address.split("?")[0].rstrip("/")
    out: Path = options.out or Path(f"{address.rpartition('/')[2]}.html")
    try:
        with urllib.request.urlopen(f"{address}/export.html") as answer:
            text = answer.read()
    except (urllib.error.URLError, ValueError) as error:
        print(f"no dashboard at {address}: {error}", file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(text)
    print(f"{out}  {len(text) / 1e6:.1f} MB, opens without a server")
    return 0


def _check(options: argparse.Namespace) -> int:
    found = files.problems(options.folder)
    for each in found:
        print(f"{each.file}: {each.path}: {each.message}", file=sys.stderr)
    if found:
        print(f"{len(found)} faults", file=sys.stderr)
        return 1
    count = len(list(options.folder.glob("dashboards/*.json")))
    print(f"{count} dashboards are sound: {options.folder}")
    return 0


def _pull(options: argparse.Namespace) -> int:
    file, live = _both(options)
    text = files.written(live, file)
    if text == files.written(file, file):
        print(f"{options.file} is as QuickSight has it")
        return 0
    options.file.write_text(text, encoding="utf-8")
    print(f"{options.file} written: {len(files.differences(file, live))} places differed")
    return 0


def _diff(options: argparse.Namespace) -> int:
    file, live = _both(options)
    found = files.differences(file, live)
    for each in found:
        print(each)
    return 1 if found else 0


def _both(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """The file's body and QuickSight's, which has the file's placeholders."""
    import boto3

    file = json.loads(options.file.read_text(encoding="utf-8"))
    session = boto3.Session(region_name=options.region)
    where = {"endpoint_url": options.endpoint} if options.endpoint else {}
    account = session.client("sts", **where).get_caller_identity()["Account"]
    client = session.client("quicksight", **where)
    key = {"AwsAccountId": account, "DashboardId": file["DashboardId"]}
    return file, files.body_of(client.describe_dashboard_definition(**key), file)


if __name__ == "__main__":
    sys.exit(main())
