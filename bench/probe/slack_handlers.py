"""A handler that notes when it begins, and a button that changes nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.probe import CLICK, EVENT, NOTES
from slackbot.plugins import ActionContext, EventContext, action_handler, slack_event


@slack_event(EVENT, anywhere=True)
def note(ctx: EventContext) -> None:
    began_at = time.time()
    with Path(os.environ[NOTES]).open("a") as notes:
        notes.write(f"{ctx.event['name']} {began_at:.6f}\n")


@action_handler(CLICK)
def clicked(ctx: ActionContext) -> None:
    """Change nothing: what is timed is the way here and back."""
