"""Page somebody: a command, a button under the headline, a form, and a call to a pager that is never made twice.

The pager takes JSON, and an `Idempotency-Key` header.
"""

from __future__ import annotations

from collections.abc import Mapping

from incidents.models import Incident
from slackbot.plugins import (
    ActionContext,
    Button,
    Choice,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    Paragraph,
    action_handler,
    dialog_handler,
    escape,
    headline_action,
    http,
    incident_command,
    secret,
    setting,
)


def is_no_address(value: str) -> str | None:
    return None if value.startswith(("http://", "https://")) else "must be an address that begins with https://"


PAGER_URL = setting("PAGER_URL", help="The address of your pager's API.", complain=is_no_address)
PAGER_TOKEN = secret("PAGER_TOKEN", help="The token of your pager's API.")
TEAMS = [("payments", "Payments"), ("platform", "Platform")]


@headline_action(order=150)
def page_button(incident: Incident) -> Button | None:
    return Button(text="📟 Page someone", action_id="page") if incident.is_open else None


@action_handler("page")
def page_clicked(ctx: ActionContext) -> None:
    ctx.open_dialog(page_dialog(ctx.incident))


@incident_command("page", help="page a team")
def page_command(ctx: CommandContext) -> None:
    ctx.open_dialog(page_dialog(ctx.incident))


def page_dialog(incident: Incident) -> Dialog:
    return Dialog(
        id="page",
        title="Page someone",
        submit="Page",
        incident_number=incident.number,
        fields=[
            Choice(name="team", label="Team", options=TEAMS),
            Paragraph(name="why", label="Why do you need them?", hint="They read it half asleep."),
        ],
    )


def long_enough(ctx: DialogContext) -> Mapping[str, str]:
    return {} if len(ctx.text("why").split()) >= 3 else {"why": "Say a little more: three words at least."}


@dialog_handler("page", validate=long_enough, background=True)
def page(ctx: DialogContext) -> str:
    team = ctx.text("team")
    call_pager({"team": team, "why": ctx.text("why"), "by": ctx.actor.name}, key=ctx.idempotency_key)
    ctx.post(escape(f"📟 {ctx.actor.name} paged {team}: {ctx.text('why')}"))
    return f"{team} is paged."


def call_pager(alert: Mapping[str, str], *, key: str) -> None:
    """Raise for what a later try may mend, and refuse what none will."""
    headers = {"Authorization": f"Bearer {PAGER_TOKEN.value}"}
    once = http.Limits(attempts=1)  # The worker runs the handler again, with the same key.
    try:
        http.call("POST", PAGER_URL.value, json=alert, headers=headers, idempotency_key=key, internal=True, limits=once)
    except http.CallError as error:
        if error.temporary:
            raise
        raise IncidentError(f"The page failed: {error} Please telephone.") from error
