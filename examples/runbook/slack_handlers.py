"""`@incident runbook payments` answers from a file, and whoever speaks of runbooks is told that it does."""

from __future__ import annotations

import tomllib
from pathlib import Path

from slackbot.plugins import CommandContext, IncidentError, KeywordContext, incident_command, keyword_handler

RUNBOOKS: dict[str, str] = tomllib.loads(Path(__file__).with_name("runbooks.toml").read_text(encoding="utf-8"))


@incident_command(
    "runbook", "runbooks", usage="service", help="the runbook of a service (alone: list them)", anywhere=True
)
def runbook(ctx: CommandContext) -> str:
    service = ctx.text.lower()
    if not service:
        return "\n".join(f"• `{name}` {url}" for name, url in RUNBOOKS.items())
    if service not in RUNBOOKS:
        raise IncidentError(f"There is no runbook for {ctx.text}. There are: {', '.join(RUNBOOKS)}.")
    return f"📖 {service}: {RUNBOOKS[service]}"


@keyword_handler("runbook", "run book", "playbook")
def offer(ctx: KeywordContext) -> str:
    for service in RUNBOOKS:
        if service in ctx.message.lower():
            return f"📖 The runbook of {service}: {RUNBOOKS[service]}"
    return f"📖 I know some: `@incident runbook` and one of {', '.join(RUNBOOKS)}."
