"""The whole product as it runs in production, for stories: gunicorn, the payment simulator and the clock, each its own
process on a free port, on a database of their own with the demo data. Codes are read where operators would: in the log.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import psycopg
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
ANSWER = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), {})
        print(json.dumps({"said": said.getvalue()}), flush=True)
    except Exception:
        print(json.dumps({"trouble": traceback.format_exc()}), flush=True)
"""

END_PAUSE = """
from allauth.core import ratelimit
from django.test import RequestFactory
ratelimit.clear(RequestFactory().get("/"), action="code_pause", key="{phone}")
print("null")
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Town:
    """`with Town(folder) as town`: `town.url`, `town.code_for(phone)`, `town.letters_to(phone)`."""

    def __init__(self, folder: Path, prepare: str) -> None:
        """`prepare` is a program for the product's shell, run before the doors open; what it prints is `prepared`."""
        self.folder, self.prepare = folder, prepare
        self.port, self.simulator_port = free_port(), free_port()
        self.url = f"http://localhost:{self.port}"  # a browser makes passkeys for names only
        self.factors: dict[str, str] = {}
        """The keys of the authenticator apps that stories set up, by phone."""
        self.log = folder / "web.log"
        self.processes: list[subprocess.Popen[Any]] = []
        self._used: set[tuple[str, str]] = set()
        self._shell: subprocess.Popen[str] | None = None
        self._drop: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        self.environ = {
            **{key: value for key, value in os.environ.items() if key not in {"PAYMENT_GATEWAY", "MOYASAR_API_URL"}},
            "DEBUG": "false",
            "SECRET_KEY": "stories-only",
            "SITE_URL": self.url,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SIMULATOR_PORT": str(self.simulator_port),
            "STATIC_ROOT": str(self.folder / "static"),
            "STATIC_MANIFEST": "true",
            "DATABASE_URL": self._database(),
            # All of the town comes from one address, and its owner signs in more than once.
            **dict.fromkeys(("OTP_CODES_PER_ADDRESS_HOUR", "OTP_CODES_PER_PREFIX_HOUR", "HOLDS_PER_ADDRESS"), "1000"),
            **dict.fromkeys(("OTP_CODES_PER_ADDRESS_DAY", "OTP_CODES_PER_PREFIX_DAY"), "1000"),
            "OTP_CHANNELS": "sms,whatsapp",
            "NOTIFICATION_CHANNELS": "sms,whatsapp",
            "PYTHONUNBUFFERED": "1",
        }
        try:
            self.manage("migrate", "--verbosity", "0")
            self.manage("demo")
            self.prepared = json.loads(self.manage("shell", "--no-imports", "-c", self.prepare))
            self.manage("collectstatic", "--no-input", "--verbosity", "0")
            self.start(
                *("-m", "salon.payments.simulator", "--port", str(self.simulator_port)),
                *("--webhook-url", f"{self.url}/webhooks/moyasar/", "--webhook-secret", "simulator-webhook-secret"),
            )
            self.start(
                *("-m", "gunicorn", "salon.wsgi", "--config", "gunicorn.conf.py"),
                *("--bind", f"127.0.0.1:{self.port}", "--workers", "2"),
            )
            self.start("manage.py", "tick", "--forever")
            self._wait_for(f"{self.url}/livez")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        self._drop()

    def manage(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, program: str) -> Any:
        """What a program in the product's own shell prints, as the JSON it is. One shell serves all questions."""
        if self._shell is None:
            self._shell = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "manage.py", "shell", "--no-imports", "-c", ANSWER],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.processes.append(self._shell)
        print(json.dumps(program), file=self._shell.stdin, flush=True)
        answer = json.loads(self._shell.stdout.readline())
        if "trouble" in answer:
            raise RuntimeError(f"{program}\n{answer['trouble']}")
        return json.loads(answer["said"])

    def start(self, *words: str, **environ: str) -> None:
        """One more process of the town; `environ` is what it is told otherwise than the rest."""
        told = {**self.environ, **environ}
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen([sys.executable, *words], cwd=ROOT, env=told, stdout=log, stderr=log)  # noqa: S603
            )

    def open_site(self, **environ: str) -> str:
        """The same product once more, with other settings and on a port of its own; returns its address."""
        port = free_port()
        url = f"http://localhost:{port}"
        self.start(
            *("-m", "gunicorn", "salon.wsgi", "--config", "gunicorn.conf.py"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "1"),
            SITE_URL=url,
            **environ,
        )
        self._wait_for(f"{url}/livez")
        return url

    def code_for(self, phone: str, seconds: float = 20) -> str:
        """The newest six-digit code sent to an E.164 number that no story has used yet."""

        def look() -> str | None:
            line = rf"(?:SMS|WhatsApp) to {re.escape(phone)} ?: .*?\b(\d{{6}})\b"
            found = re.findall(line, self.log.read_text())
            return found[-1] if found and (phone, found[-1]) not in self._used else None

        code = self.wait_until(look, seconds, f"a code for {phone}")
        self._used.add((phone, code))
        return code

    def end_pause(self, phone: str) -> None:
        """Another code may be sent to `phone` at once."""
        self.ask(END_PAUSE.format(phone=phone))

    def app_code(self, phone: str) -> str:
        """What the authenticator app of `phone` shows; none is given twice, so a neighbour of now may come."""
        now = int(time.time()) // 30
        codes = (format_hotp_value(hotp_value(self.factors[phone], now + step)) for step in (0, 1, -1))
        code = next(code for code in codes if (phone, code) not in self._used)
        self._used.add((phone, code))
        return code

    def letters_to(self, phone: str, containing: str, seconds: float = 20) -> list[str]:
        """Letters to a number that contain a text; waits for the first."""

        def look() -> list[str] | None:
            lines = re.findall(rf"SMS to {re.escape(phone)} ?: (.*)", self.log.read_text())
            return [line for line in lines if containing in line] or None

        return self.wait_until(look, seconds, f"a letter to {phone} with {containing!r}")

    def errors(self) -> list[str]:
        """Whatever the product complained about."""
        return [line for line in self.log.read_text().splitlines() if " ERROR " in line or "Traceback" in line]

    def _wait_for(self, url: str) -> None:
        def answers() -> bool | None:
            dead = next((each for each in self.processes if each.poll() is not None), None)
            if dead:
                raise RuntimeError(f"{dead.args} ended:\n{self.log.read_text()[-3000:]}")
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
                    return answer.status == 200
            except OSError:
                return None

        self.wait_until(answers, 60, url)

    def wait_until(self, look: Callable[[], T | None], seconds: float, what: str) -> T:
        """What `look` finds in the end; TimeoutError with the end of the log when it never does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := look():
                return found
            time.sleep(0.05)
        raise TimeoutError(f"{what} did not come within {seconds} s. The log ends:\n{self.log.read_text()[-3000:]}")

    def _database(self) -> str:
        url = os.environ.get("DATABASE_URL", "")
        if not url.startswith("postgres"):
            return f"sqlite:///{self.folder / 'town.sqlite3'}"
        name = f"town_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')

        def drop() -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

        self._drop = drop
        return urlsplit(url)._replace(path=f"/{name}").geturl()
