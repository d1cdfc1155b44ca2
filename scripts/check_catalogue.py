"""The Arabic catalogue: every text in the code is in it, none is empty or fuzzy, and the .mo is fresh.

Nothing in the tree is changed: texts are collected and compiled into a folder of their own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "ar" / "LC_MESSAGES"


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603  fixed words
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def entries(text: str) -> set[str]:
    """The (context, msgid) pairs of a catalogue, as msgattrib writes them on one line each."""
    return set(re.findall(r"^(?:msgctxt .*\n)?msgid .*$", text, flags=re.MULTILINE))


def main() -> None:
    if not shutil.which("msgfmt"):
        sys.exit("GNU gettext is missing: install the system's package «gettext».")
    po, mo = CATALOGUE / "django.po", CATALOGUE / "django.mo"
    problems = []
    for kind in ("--untranslated", "--only-fuzzy"):
        left = entries(run("msgattrib", "--no-wrap", "--no-obsolete", kind, str(po)))
        problems += [f"{kind[2:]}: {each}" for each in sorted(left) if each != 'msgid ""']
    with tempfile.TemporaryDirectory() as place:
        fresh = Path(place)
        run("msgfmt", "--check", "-o", str(fresh / "django.mo"), str(po))
        if (fresh / "django.mo").read_bytes() != mo.read_bytes():
            problems.append("django.mo is older than django.po: run `make messages`")
        copy = fresh / "tree"
        shutil.copytree(
            ROOT,
            copy,
            ignore=shutil.ignore_patterns(".git", ".venv", "var", "static", "staticfiles", "__pycache__", "docs"),
        )
        run(sys.executable, "manage.py", "makemessages", "-l", "ar", "--no-location", "--no-obsolete", cwd=copy)
        wanted = entries(run("msgattrib", "--no-wrap", str(copy / "locale/ar/LC_MESSAGES/django.po")))
        known = entries(run("msgattrib", "--no-wrap", "--no-obsolete", str(po)))
        problems += [f"not in the catalogue: {each}" for each in sorted(wanted - known)]
        problems += [f"no longer in the code: {each}" for each in sorted(known - wanted)]
    if problems:
        sys.exit("\n".join([*problems, "Run `make messages`, translate, run it again."]))


if __name__ == "__main__":
    main()
