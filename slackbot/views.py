"""`POST /slack/events`: every kind of request from Slack."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from slack_bolt.adapter.django import SlackRequestHandler

from slackbot.bolt import bolt_app
from slackbot.incoming import Malformed

logger = logging.getLogger(__name__)


@csrf_exempt  # Slack signs its requests; Bolt checks that before anything else
@login_not_required
@require_POST
def slack_events(request: HttpRequest) -> HttpResponse:
    try:
        return SlackRequestHandler(bolt_app()).handle(request)
    except (Malformed, UnicodeDecodeError) as error:
        logger.warning("Slack sent what it does not document: %s", error)
        return HttpResponse(status=400)


class SlackFirst:
    """A middleware that answers Slack before those for browsers: it signs its requests, and waits three seconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._path = reverse("slack-events")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return slack_events(request) if request.path == self._path else self._get_response(request)
