"""The yardstick: a Bolt app that acknowledges whatever Slack sends and does nothing, on Bolt's own WSGI adapter.

It checks signatures as we do, calls nobody, and answers from the request's thread, which is Bolt's fastest way.
"""

from __future__ import annotations

import os
import re
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

ANYTHING = re.compile(r".*", re.DOTALL)


def _authorize(**_context: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0SANDBOX", bot_token="xoxb-bare", bot_user_id="U0RESPONSE")


def _acknowledge(ack: Ack) -> None:
    ack()


bolt = App(
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    authorize=_authorize,
    process_before_response=True,
)
for listen in (bolt.command, bolt.block_action, bolt.event):
    listen(ANYTHING)(_acknowledge)

application = SlackRequestHandler(bolt)
