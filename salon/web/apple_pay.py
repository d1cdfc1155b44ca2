"""What Apple asks this domain for before its button works here."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from salon.payments import apple_pay


@require_safe
def domain_association(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the same for everybody
    """The text from Moyasar's dashboard; 404 where Apple Pay is not set up."""
    text = apple_pay.domain_text()
    if text is None:
        raise Http404
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
