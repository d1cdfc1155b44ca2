"""What happens around a code beside allauth's own steps, for pages and apps alike."""

from __future__ import annotations

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from django.http import HttpRequest

from salon.accounts.otp import start_pause
from salon.accounts.pending import send_failed


def end_code(request: HttpRequest, process: LoginCodeVerificationProcess) -> int:
    """The last allowed try was wrong: the code ends and a pause begins for its phone. Returns its seconds."""
    phone = process.state["phone"]
    process.abort()
    return start_pause(request, phone)


def resend_code(request: HttpRequest, process: LoginCodeVerificationProcess) -> None:
    """A new code replaces the old one, unless it was refused or could not leave: then the old one still works.

    Raises otp.CodeRefused, which changes nothing.
    """
    before = {name: process.state[name] for name in ("code", "resend_count")}
    process.resend()
    if send_failed(request):
        process.state.update(before)
        process.persist()
