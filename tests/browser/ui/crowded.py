"""An incident whose every text is as wide as people can make it, and the addresses of all pages that show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from incidents import activity, corrections, redaction, services
from incidents.fields import CustomField
from incidents.models import Activity, Incident, Kind, Role, Severity, TimelineEntry
from jobs import switches
from people.models import Person
from people.services import add_person
from slackbot.models import OutboxEntry
from tests.ui.test_long_timeline import add_entries
from ui import tokens
from ui.models import ApiToken

WORD: Final = "x" * 190
ADDRESS: Final = "https://example.com/" + "a-long-folder/" * 18
CODE: Final = f"payments_api.{'very_' * 30}long_name"
TABLE: Final = (
    "| " + " | ".join(f"column_{n}" for n in range(14)) + " |\n" + "|---" * 14 + "|\n" + "| value_1234 " * 14 + "|"
)
TEXT: Final = (
    f"{WORD}\n\n{ADDRESS}\n\nSee `{CODE}` and **{WORD}**\n\n```\n{CODE} = {CODE}\n```\n\n{TABLE}\n\n"
    f"> {ADDRESS}\n\n1. {WORD}\n   - {ADDRESS}\n\n### {WORD}\n"
)
KINDS: Final = ("text", "paragraph", "choice", "choices", "yes_no", "number", "date", "moment", "person", "link")


def crowd(ada: Person, add_field: Callable[..., CustomField]) -> list[str]:
    """Fill the database for Ada, an operator; return the addresses of every kind of page."""
    now = timezone.now()
    Role.objects.get_or_create(key=Role.LEAD, defaults={"name": "Lead"})
    severity, _ = Severity.objects.get_or_create(key="wide", defaults={"name": "W" * 50, "rank": 9})
    wide = add_person(name=WORD, email="w@example.com", time_zone="UTC", is_active=True, is_bot=False)
    for kind in KINDS:
        add_field(f"my_{kind}", f"My {WORD[:60]} {kind}", kind, options=[WORD[:75], "B"] if "choice" in kind else ())
    values: dict[str, Any] = {
        "my_text": WORD,
        "my_paragraph": TEXT,
        "my_choice": WORD[:75],
        "my_choices": [WORD[:75], "B"],
    }
    values |= {"my_person": wide.pk, "my_link": ADDRESS}
    trouble = _fill(ada, wide, severity, title=WORD, private=False)
    services.edit_incident(trouble, wanted={"fields": values}, seen={}, by=ada, at=now)
    private = _fill(ada, wide, severity, title=ADDRESS[:190], private=True)
    services.invite_member(private, person=wide, by=ada, at=now)
    other = services.declare_incident(title=WORD[:180] + "merged", reporter=wide, at=now)
    services.merge_incident(other, into=trouble, by=ada, at=now)
    over = services.declare_incident(title="Over", reporter=ada, kind=Kind.REPORT, at=now - timedelta(days=2))
    services.resolve_incident(over, by=ada, at=now)
    long = services.declare_incident(title="Long", reporter=ada, at=now)
    add_entries(long, ada, count=120)
    tokens.make_token(ada, name=WORD[:100], scope=ApiToken.Scope.READ, at=now)
    for sign in Activity.Kind:
        activity.note(trouble, by=ada, kind=sign, at=now)
    switches.turn_off("reminders", by=ada, door="web", why=WORD, at=now)
    row = {"key": WORD, "order_key": "", "kind": "topic", "priority": 1, "created_at": now}
    OutboxEntry.objects.create(**row, incident=trouble, error=f"{WORD}\n{ADDRESS}", given_up_at=now, is_open=False)
    number = trouble.number
    action = trouble.actions.filter(done_at=None).first()
    assert action
    entry = TimelineEntry.objects.get(incident=trouble, text="Corrected")
    document = [f"/incidents/{each.number}/" for each in (trouble, private, other, over, long)]
    lists = [f"/incidents/{number}/all/{part}/" for part in ("participants", "actions", "links", "merged_here")]
    fields = ("title", "summary", "severity", "lead", "kind", "started_at", "field.my_choice", "field.my_paragraph")
    return [
        "/",
        "/?state=open",
        f"/?q={WORD}",
        "/?q=nothing-like-it",
        "/incidents/new/",
        *document,
        f"/incidents/{number}/?timeline=all",
        f"/incidents/{long.number}/?before=110",
        *lists,
        f"/incidents/{private.number}/all/insiders/",
        f"/incidents/{number}/edit/",
        *(f"/incidents/{number}/edit/{name}/" for name in fields if not name.startswith("field.")),
        f"/incidents/{number}/merge/",
        f"/incidents/{number}/resolve/",
        f"/incidents/{number}/timeline/{entry.seq}/correct/",
        f"/incidents/{number}/private/",
        f"/incidents/{private.number}/members/{wide.pk}/remove/",
        f"/incidents/{number}/actions/{action.pk}/redact/",
        f"/incidents/{number}/timeline/{entry.seq}/redact/",
        "/activity/",
        "/tokens/",
        "/operators/",
        "/incidents/9999/",
        "/nowhere/",
    ]


def _fill(ada: Person, wide: Person, severity: Severity, *, title: str, private: bool) -> Incident:
    now = timezone.now()
    began = now - timedelta(hours=30)
    found = services.declare_incident(
        title=title, summary=TEXT, impact=TEXT, reporter=wide, lead=wide, severity=severity, at=began
    )
    for text in (TEXT, "A short note", f"`{CODE}`"):
        services.add_note(found, text=text, by=wide, at=now, happened_at=began + timedelta(hours=3))
    for text in ("Corrected", "Withdrawn", "A secret"):
        services.add_note(found, text=text, by=ada, at=now)
    corrected, withdrawn = (TimelineEntry.objects.get(incident=found, text=text) for text in ("Corrected", "Withdrawn"))
    corrections.correct_note(found, note=corrected, text=TEXT, by=ada, at=now)
    corrections.withdraw_note(found, note=withdrawn, by=ada, at=now)
    note = TimelineEntry.objects.filter(incident=found, text="A secret").get()
    redaction.redact_entry(found, entry=note, by=ada, reason=WORD, at=now)
    for number, text in enumerate((f"{WORD} {ADDRESS}", f"Look at `{CODE}`")):
        action = services.add_action(found, text=text, by=ada, at=now, owner=wide)
        if number:
            services.complete_action(found, action=action, by=ada, at=now)
    services.attach_link(found, kind="ticket", label=WORD, url=ADDRESS, at=now)
    services.record_trouble(found, with_="channel", text=f"Slack refused the channel {WORD}", at=now)
    services.post_update(found, text=TEXT, by=wide, at=now)
    files = [{"name": WORD, "url": ADDRESS}, {"name": CODE}]
    services.add_pin(
        found, source="1", text=TEXT, author=wide, said_at=now, by=ada, at=now, permalink=ADDRESS, files=files
    )
    if private:
        services.make_private(found, by=ada, at=now, members=[ada, wide])
    return found
