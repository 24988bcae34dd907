"""An endpoint in a process of its own: what it costs is told apart from what its clients cost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

REGION, ACCOUNT = "us-east-1", "111122223333"


@dataclass(frozen=True)
class Endpoint:
    """A running local_aws."""

    url: str
    process: int

    def client(self, service: str) -> Any:
        return client(service, self.url)

    def cpu_seconds(self) -> float:
        """What it has computed so far."""
        return time.clock_gettime((~self.process << 3) | 2)  # Linux's clock of a process: clock_getcpuclockid(3)

    def memory(self, what: str = "VmRSS") -> int:
        """Bytes that it holds; with `VmHWM`, the most that it held since `forget_peak`."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process}/clear_refs").write_text("5")


def client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="any",
        config=Config(max_pool_connections=32),
    )


@contextmanager
def running() -> Iterator[Endpoint]:
    """One that begins empty, in a temporary directory, and is gone at the end."""
    command = [sys.executable, "-c", "from benchmarks.endpoint import serve; serve()"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None and server.stdout is not None
    try:
        yield Endpoint(server.stdout.readline().strip(), server.pid)
    finally:
        server.stdin.close()
        server.wait()


def serve() -> None:
    """The server's process: says its address, and stops when its input ends."""
    from local_aws.server import LocalAws

    with LocalAws() as aws:
        print(aws.url, flush=True)
        sys.stdin.read()
