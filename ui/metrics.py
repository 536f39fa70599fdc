"""`/metrics`: this process's counters and the queues, for Prometheus."""

from __future__ import annotations

from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ui import limits


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer clients that may read the metrics: see METRICS in docs/configuration.md."""
    if settings.METRICS == "public":
        return _counters()
    if not settings.METRICS_TOKEN:
        return (
            _counters()
            if getattr(request, "is_from_here", False)
            else _refused(403, "Set METRICS_TOKEN to read metrics from another machine.")
        )
    sent = request.headers.get("Authorization", "")
    if compare_digest(sent.encode(errors="replace"), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return _counters()
    try:
        if sent:
            limits.take_bad_token(request)
    except limits.TooManyAttempts as refusal:
        response = _refused(429, str(refusal))
        refusal.state.put_on(response)
        return response
    response = _refused(401, "Send METRICS_TOKEN: `Authorization: Bearer …`.")
    response["WWW-Authenticate"] = "Bearer"
    return response


def _counters() -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _refused(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


urlpatterns = [path("", metrics)]
