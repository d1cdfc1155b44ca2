"""Guests: processes that each ask one thing after the other, a new connection for every request.

Bare sockets, because the client shares the machine with what it measures: `http.client` takes several times as long.
"""

from __future__ import annotations

import multiprocessing as mp
import socket
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

MOST = 4
FRESH = b"00000000-0000-4000-8000-000000000000"  # stands for a key that is drawn anew for each sending


@dataclass
class Round:
    """What came back. `latencies` in seconds; `wrong` are answers with another status than the target's."""

    latencies: list[float] = field(default_factory=list)
    wrong: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, other: Round) -> None:
        """Put two together that happened side by side."""
        self.latencies += other.latencies
        self.seconds = max(self.seconds, other.seconds)
        for status, count in other.wrong.items():
            self.wrong[status] = self.wrong.get(status, 0) + count


def bare(request: dict[str, Any], port: int, number: int) -> bytes:
    """The request as it goes over the wire, from an address of its own."""
    body = request.get("body")
    address = f"100.{64 + (number >> 16) % 64}.{(number >> 8) % 256}.{number % 256}"
    headers = {"Host": f"127.0.0.1:{port}", "Connection": "close", "X-Forwarded-For": address} | request["headers"]
    if body is not None:
        headers["Content-Length"] = str(len(body))
    lines = [f"{'GET' if body is None else 'POST'} {request['path']} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode()


class Guests:
    """`MOST` processes that wait to be told what to ask. Fork them before anything else runs in the parent."""

    def __init__(self, port: int, targets: dict[str, dict[str, Any]]) -> None:
        wire = {
            name: ([bare(each, port, number) for number, each in enumerate(target["requests"])], target["status"])
            for name, target in targets.items()
        }
        self.asked = dict.fromkeys(targets, 0)
        self.once = {name: "body" in target["requests"][0] for name, target in targets.items()}
        context = mp.get_context("fork")
        self.pipes: list[Connection] = []
        self.processes = []
        for _ in range(MOST):
            ours, theirs = context.Pipe()
            process = context.Process(target=_guest, args=(theirs, port, wire), daemon=True)
            process.start()
            self.pipes.append(ours)
            self.processes.append(process)

    def ask(self, target: str, *, guests: int, seconds: float) -> Round:
        """One round: so many guests ask `target` for so long, or until a target of single use is used up."""
        first = self.asked[target]
        for index, pipe in enumerate(self.pipes[:guests]):
            pipe.send((target, seconds, first + index, guests))
        together = Round()
        for pipe in self.pipes[:guests]:
            together.add(pipe.recv())
        if not self.once[target]:
            self.asked[target] += len(together.latencies)
        return together

    def stop(self) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(5)


def _guest(pipe: Connection, port: int, wire: dict[str, tuple[Sequence[bytes], int]]) -> None:
    while (order := pipe.recv()) is not None:
        name, seconds, place, step = order
        requests, status = wire[name]
        answer = Round()
        began = time.perf_counter()
        ends = began + seconds
        while (now := time.perf_counter()) < ends:
            request = requests[place % len(requests)]
            if FRESH in request:  # a form: each is sent once, with a key of its own
                if place >= len(requests):
                    break
                request = request.replace(FRESH, str(uuid.uuid4()).encode())
                now = time.perf_counter()
            got = _exchange(port, request)
            place += step
            if got != status:
                answer.wrong[got] = answer.wrong.get(got, 0) + 1
            answer.latencies.append(time.perf_counter() - now)
        answer.seconds = time.perf_counter() - began
        pipe.send(answer)


def _exchange(port: int, request: bytes) -> int:
    """Send it and read the answer to its end. The status, or 0 when the connection broke."""
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as wire:
            wire.sendall(request)
            head = wire.recv(65536)
            while wire.recv(65536):
                pass
        return int(head[9:12])
    except (OSError, ValueError):
        return 0
