"""`POST /slack/events`: every kind of request from Slack."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
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
