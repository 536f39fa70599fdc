"""`@incident runbook payments` answers from a file, and whoever speaks of runbooks is told that it does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from slackbot.plugins import CommandContext, IncidentError, KeywordContext, escape, incident_command, keyword_handler

RUNBOOKS: dict[str, str] = tomllib.loads(Path(__file__).with_name("runbooks.toml").read_text(encoding="utf-8"))


@incident_command(
    "runbook", "runbooks", usage="<service>", help="show a service's runbook; without one, list them", anywhere=True
)
def runbook(ctx: CommandContext) -> str:
    service = ctx.plain.lower()
    if not service:
        return "\n".join(f"• `{escape(name)}` {url}" for name, url in RUNBOOKS.items())
    if service not in RUNBOOKS:
        raise IncidentError(f"There is no runbook for {ctx.plain}. There are: {', '.join(RUNBOOKS)}.")
    return f"📖 {escape(service)}: {RUNBOOKS[service]}"


@keyword_handler("runbook", "run book", "playbook")
def offer(ctx: KeywordContext) -> str:
    for service in RUNBOOKS:
        if re.search(rf"(?<!\w){re.escape(service)}(?!\w)", ctx.plain.lower()):  # no "search" in "research"
            return f"📖 The runbook of {escape(service)}: {RUNBOOKS[service]}"
    return f"📖 I know some: `@incident runbook` and one of {escape(', '.join(RUNBOOKS))}."
