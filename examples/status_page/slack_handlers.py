"""Tell customers: a draft from the incident's summary, a preview, and a status page that hears of each step once.

The page takes JSON by PUT, so that an update takes the place of what it said before, and an `Idempotency-Key` header.
"""

from __future__ import annotations

from collections.abc import Mapping

from slack_sdk.models.blocks import ActionsBlock, SectionBlock

from incidents import services
from incidents.models import EntryKind, Incident
from slackbot.plugins import (
    ActionContext,
    Button,
    Checkboxes,
    Choice,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    IncidentEventContext,
    Paragraph,
    action_handler,
    dialog_handler,
    escape,
    headline_action,
    http,
    incident_command,
    incident_event,
    incident_of,
    setting,
)

STATUS_PAGE_URL = setting("STATUS_PAGE_URL", help="The address of your status page's API.")
LINK = "status-page"
STATES = [
    ("investigating", "We are looking into it"),
    ("identified", "We know the cause"),
    ("monitoring", "It works again, and we watch it"),
]


@headline_action(order=160)
def status_page_button(incident: Incident) -> Button | None:
    return Button(text="📣 Status page", action_id="status-page") if incident.is_open else None


@action_handler("status-page")
def status_page_clicked(ctx: ActionContext) -> None:
    ctx.open_dialog(draft(ctx.incident))


@incident_command("statuspage", "status-page", help="tell customers on the status page")
def status_page(ctx: CommandContext) -> None:
    ctx.open_dialog(draft(ctx.incident))


def draft(incident: Incident) -> Dialog:
    return Dialog(
        id="status-page-draft",
        title="Status page",
        submit="Preview",
        incident_number=incident.number,
        fields=[
            Choice(name="state", label="How does it stand?", options=STATES, value="investigating"),
            Paragraph(name="text", label="What may customers know?", value=incident.summary, max_length=2000),
        ],
    )


@dialog_handler("status-page-draft")
def preview(ctx: DialogContext) -> None:
    state, text = ctx.text("state"), ctx.text("text")
    ctx.open_dialog(
        Dialog(
            id="status-page",
            title="Is it right?",
            submit="Publish",
            incident_number=incident_of(ctx).number,
            intro=[SectionBlock(text=f"*{dict(STATES)[state]}*\n{escape(text)}")],
            fields=[Checkboxes(name="how", label="How", options=[("mail", "Also by e-mail")], optional=True)],
            state={"state": state, "text": text},
        )
    )


@dialog_handler("status-page", background=True)
def publish(ctx: DialogContext) -> str:
    incident, entry = incident_of(ctx), {**ctx.state, "mail": "mail" in ctx.choices("how")}
    address = put(incident, entry, key=ctx.idempotency_key)
    services.attach_link(incident, kind=LINK, label="Status page", url=address, by=ctx.actor, at=ctx.now)
    ctx.post(f"📣 The status page says: {escape(entry['text'])}")
    return f"Published: {address}"


@incident_event(*EntryKind.endings())
def ask_to_resolve(ctx: IncidentEventContext) -> None:
    """What customers read must not stay red because we forgot."""
    if not ctx.incident.links.filter(kind=LINK).exists():
        return
    text = "📣 The status page still tells customers of it."
    button = Button(text="Resolve it there, too", action_id="status-page-resolve", style="primary")
    ctx.post(text, blocks=[SectionBlock(text=text), ActionsBlock(elements=[button])])


@action_handler("status-page-resolve", background=True)
def resolve(ctx: ActionContext) -> str:
    put(ctx.incident, {"state": "resolved", "text": "It is over."}, key=ctx.idempotency_key)
    return "The status page says that it is over."


def put(incident: Incident, entry: Mapping[str, object], *, key: str) -> str:
    """Return the entry's address. Raise for what a later try may mend, and refuse what none will."""
    address = f"{STATUS_PAGE_URL.value.rstrip('/')}/incidents/{incident.number}"
    update = {"title": incident.title, **entry}
    once = http.Limits(attempts=1)  # The worker runs the handler again, with the same key.
    try:
        http.call("PUT", address, json=update, idempotency_key=key, internal=True, limits=once)
    except http.CallError as error:
        if error.temporary:
            raise
        raise IncidentError(f"The status page was not updated: {error}") from error
    return address
