"""Runs the benchmarks one after the other, each in its own process, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import Row

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
PACKAGES = ("duckdb", "pyarrow", "pyiceberg", "sqlglot", "moto", "boto3")
HEAD = """\
<!-- Written by `make bench`. Do not edit. -->

# Benchmarks

One run on one machine. Ratios are of two times of the same run; compare those, not the seconds, with another machine's.
"""


def names() -> list[str]:
    """The modules that follow the convention."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_") and _has_run(path))


def _has_run(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)


def title(name: str) -> str:
    """The first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))) or name
    return " ".join(text.partition("\n\n")[0].split()).rstrip(".")


def measure(name: str, scale: float) -> list[Row]:
    """One benchmark's rows, of a process of its own. :raises SystemExit: if it fails."""
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "rows.json"
        command = [sys.executable, "-m", "benchmarks", "--one", name, "--scale", str(scale), "--into", str(answer)]
        ended = subprocess.run(command, cwd=HERE.parent, check=False)
        if ended.returncode or not answer.exists():
            raise SystemExit(f"the benchmark {name} failed")
        return [Row(**row) for row in json.loads(answer.read_text())]


def figure(value: float) -> str:
    """Three digits of it; whole from a thousand on."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def page(found: dict[str, list[Row]], scale: float) -> str:
    """The document."""
    parts = [HEAD, _machine(scale)]
    for name, rows in found.items():
        table = ["| what | figure | unit | aim |", "| --- | --: | --- | --- |"]
        table += [f"| {row.name} | {figure(row.value)} | {row.unit} | {row.aim} |" for row in rows]
        parts.append("\n".join([f"## {title(name)}", "", *table]))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _machine(scale: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [f"{datetime.now(UTC):%Y-%m-%d}", f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB"]
    parts += [
        f"Python {platform.python_version()}",
        *filter(None, map(_version, PACKAGES)),
        f"scale {scale:g}",
        _load(),
    ]
    return " · ".join(parts)


def _load() -> str:
    """How much else the machine is doing: what is measured beside it counts by its ratios, if at all."""
    return f"load {os.getloadavg()[0]:.1f}"


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"some of: {', '.join(names())}")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--with", dest="peers", default="", help="others to measure beside it: spark,ministack")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        rows = import_module(f"benchmarks.{options.one}").run(options.scale)
        options.into.write_text(json.dumps([asdict(row) for row in rows]))
        return 0
    if unknown := set(options.only) - set(names()):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    os.environ["BENCH_WITH"] = options.peers
    asked = options.only or [name for name in names() if name != "peers" or options.peers]
    found, began = {}, time.monotonic()
    for number, name in enumerate(asked, 1):
        print(f"[{number}/{len(asked)}, {time.monotonic() - began:.0f} s, {_load()}] {title(name)}", flush=True)
        found[name] = measure(name, options.scale)
        for row in found[name]:
            print(f"  {row.name:44} {figure(row.value):>12} {row.unit:10} {row.aim}", flush=True)
    if not options.only and options.scale == 1:
        PAGE.write_text(page(found, options.scale))
    return 0


if __name__ == "__main__":
    sys.exit(main())
