"""`POST /slack/events`: every kind of request from Slack."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.adapter.django.handler import to_django_response

from slackbot import doorbell, envelope, incoming
from slackbot.bolt import bolt_app
from slackbot.incoming import Malformed

logger = logging.getLogger(__name__)


@csrf_exempt  # Slack signs its requests
@login_not_required
@require_POST
def slack_events(request: HttpRequest) -> HttpResponse:
    try:
        return to_django_response(_dispatched(envelope.checked(request.body, request.headers), request))
    except envelope.Stranger:
        return HttpResponse(status=401)
    except Malformed as error:
        logger.warning("Slack sent what it does not document: %s", error)
        return HttpResponse(status=400)


@incoming.reads  # what Bolt itself trips over; a mistake in a handler of ours has become an answer by then
def _dispatched(body: str, request: HttpRequest) -> BoltResponse:
    asked = BoltRequest(body=body, headers=dict(request.headers), query=request.META["QUERY_STRING"])
    return bolt_app().dispatch(asked)


class SlackFirst:
    """A middleware that answers Slack before those for browsers: it signs its requests, and waits three seconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._path = reverse("slack-events")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != self._path:
            return self._get_response(request)
        doorbell.hold()
        return slack_events(request)
