"""`POST /slack/events`: every kind of request from Slack."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.adapter.django.handler import to_django_response

from jobs import wakeup
from slackbot.api.shapes import Malformed, reads
from slackbot.inbound import signature
from slackbot.inbound.bolt import bolt_app

NOBODY_LISTENS: Final = 404  # as Bolt says it; Slack would show people a failure, or send it again

logger = logging.getLogger(__name__)


@csrf_exempt  # Slack signs its requests
@login_not_required
@require_http_methods(["GET", "POST"])
def slack_events(request: HttpRequest) -> HttpResponse:
    if signature.is_ssl_check(request.META["QUERY_STRING"], request.body):
        return HttpResponse()
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        return to_django_response(_dispatched(signature.checked(request.body, request.headers), request))
    except signature.Stranger:
        return _refused(401, "This request isn't signed with SLACK_SIGNING_SECRET.")
    except signature.Ignored as ignored:
        logger.info("Acknowledged and ignored a request of the type %s", ignored)
        return HttpResponse()
    except signature.Foreign as error:
        logger.warning("Refused a request: %s", error)
        return _refused(403, "The request is for a different app or workspace.")
    except Malformed as error:
        logger.warning("Slack sent an undocumented payload: %s", error)
        return _refused(400, "The request doesn't match a format that Slack documents.")


def _refused(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


@reads  # what Bolt itself trips over; a mistake in a handler of ours has become an answer by then
def _dispatched(body: str, request: HttpRequest) -> BoltResponse:
    asked = BoltRequest(body=body, headers=dict(request.headers), query=request.META["QUERY_STRING"])
    answer = bolt_app().dispatch(asked)
    if answer.status == NOBODY_LISTENS:
        logger.info("Acknowledged and ignored a request that no handler wants")
        return BoltResponse(status=200)
    return answer


class SlackFirst:
    """A middleware that answers Slack before those for browsers: it signs its requests, and waits three seconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._path = reverse("slack-events")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != self._path:
            return self._get_response(request)
        wakeup.hold()
        return slack_events(request)
