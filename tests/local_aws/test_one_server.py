"""One LocalAws at a time in a process: a second one would take over the objects of the first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.server import LocalAws

ONE_AFTER_ANOTHER = """
import socket
from local_aws.server import LocalAws
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    try:
        LocalAws(taken.getsockname()[1]).start()
        raise SystemExit("a port is shared")
    except OSError:
        pass
for _ in range(2):
    with LocalAws() as aws:
        aws.stop()
print("both")
"""


def test_second_one_is_refused_and_the_first_keeps_its_objects(
    local_aws: LocalAws, client: Callable[..., Any], bucket: str, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="there is a LocalAws in this process already"):
        LocalAws(directory=tmp_path)
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"kept")
    assert client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"
    assert not list(tmp_path.iterdir())


def test_the_next_one_may_come_when_one_has_ended_or_could_not_begin() -> None:
    command = [sys.executable, "-c", ONE_AFTER_ANOTHER]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == ("both\n", 0), ended.stderr[-2000:]
