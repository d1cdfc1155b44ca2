"""The product as production runs it, on loopback with two workers, and what its processes use."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
SYNC = os.environ.get("BENCH_SYNC") == "1"  # workers without threads, as they may run behind a buffering proxy
PATIENCE = 30  # seconds until a server that does not answer is given up


def environment(database_url: str, port: int, static_root: Path) -> dict[str, str]:
    """Production's settings (DEBUG off, hashed static names), but a known key and no limits of one address.

    Database connections stay: one that ends in a round takes what it has used with it.
    """
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "SECRET_KEY": "bench-only-0123456789-0123456789-0123456789-0123456789",
        "DATABASE_URL": database_url,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "STATIC_ROOT": str(static_root),
        "TRUSTED_PROXY_COUNT": "1",
        "HOLDS_PER_ADDRESS": "1000000",
        "API_REQUESTS_PER_MINUTE": "0",
        "CONN_MAX_AGE": "3600",
        "LOG_LEVEL": "ERROR",
        "WEB_CONCURRENCY": str(WORKERS),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`with Server(environment) as server`: started and answering, and stopped at the end whatever happened."""

    def __init__(self, env: dict[str, str], port: int, log: Path) -> None:
        self.env, self.port, self.log = env, port, log
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gunicorn", "salon.wsgi", "--config", "gunicorn.conf.py"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--backlog", "256", "--max-requests", "0"]
        command += ["--worker-class", "sync", "--threads", "1"] if SYNC else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)  # noqa: S603
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
                continue
            if len(self.workers) == WORKERS:
                return self
            time.sleep(0.1)
        self.__exit__()
        raise SystemExit(f"the server did not start:\n{self.log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests; gunicorn's own only watches them."""
        assert self.process
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def memory(self) -> tuple[float, float]:
        """MiB of the largest worker: the most it ever held, and its own share now (shared pages divided)."""
        peaks, shares = [], []
        for pid in self.workers:
            peaks.append(_field(Path(f"/proc/{pid}/status"), "VmHWM:"))
            shares.append(_field(Path(f"/proc/{pid}/smaps_rollup"), "Pss:"))
        return max(peaks) / 1024, max(shares) / 1024


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time of these processes so far, user and system. The kernel counts it in nanoseconds."""
    return sum(cpu_by_process(pids).values())


def cpu_by_process(pids: Iterable[int]) -> dict[int, float]:
    """The same one by one, without those that have ended."""
    found: dict[int, float] = {}
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            found[pid] = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    return found


def machine_seconds() -> float:
    """CPU time that everything on this machine has used so far."""
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _idle, _wait, irq, softirq, *_ = values
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def pace() -> float:
    """CPU ms that a fixed loop takes at this moment. It tells how fast the machine is now, not how fast we are."""
    began = time.process_time()
    sum(number * number for number in range(100_000))
    return (time.process_time() - began) * 1e3


def _field(path: Path, name: str) -> int:
    """A number of kilobytes out of a file of /proc."""
    return next((int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith(name)), 0)
