"""What other apps post has its words in blocks and attachments, and a name in place of a user."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents import redaction
from incidents.models import Incident
from people.models import Person
from slackbot.models import InboxEntry
from slackbot.testing import Actor, Workspace

BrowserOf = Callable[[Person], Client]

GRAFANA: Final[dict[str, Any]] = {
    "attachments": [
        {
            "color": "#D63232",
            "fallback": "[FIRING:1] Disk full on db-1",
            "title": "[FIRING:1] Disk full on db-1",
            "title_link": "https://grafana.example/alerting/list",
            "text": "*Value:* 97 %\n__init__.py is fine",
            "fields": [{"title": "Host", "value": "db-1", "short": True}],
            "footer": "Grafana v12",
        }
    ]
}
OPSGENIE: Final[dict[str, Any]] = {
    "attachments": [
        {
            "pretext": "New alert",
            "title": "#17: API latency",
            "fields": [{"title": "Priority", "value": "P1"}, {"title": "Tags", "value": "api"}],
        }
    ]
}
PAGERDUTY: Final[dict[str, Any]] = {
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Checkout returns 500s"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*Triggered* by <https://pd.example/1|monitor>"},
            "fields": [{"type": "mrkdwn", "text": "*Urgency* high"}, {"type": "plain_text", "text": "Service: *shop*"}],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "since <!date^0^{time}|09:15 UTC>"}]},
    ]
}
RICH: Final[dict[str, Any]] = {
    "blocks": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "Deploy of "},
                        {"type": "link", "url": "https://ci.example/7", "text": "build 7", "style": {"bold": True}},
                        {"type": "text", "text": " failed", "style": {"bold": True}},
                        {"type": "text", "text": " on *every* host "},
                        {"type": "emoji", "name": "tada"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "web-1"}]}],
                },
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "exit 1"}]},
            ],
        }
    ]
}
ALERTS: Final[dict[str, tuple[dict[str, Any], str, list[str]]]] = {
    "Grafana": (GRAFANA, "[FIRING:1] Disk full on db-1", ["Value: 97 %", "__init__.py is fine", "Host: db-1"]),
    "Opsgenie": (OPSGENIE, "New alert", ["#17: API latency", "Priority: P1", "Tags: api"]),
    "PagerDuty": (
        PAGERDUTY,
        "Checkout returns 500s",
        ["Triggered by monitor", "Urgency high", "Service: *shop*", "since 09:15 UTC"],
    ),
    "CI": (RICH, "Deploy of build 7 failed on *every* host 🎉", ["web-1", "exit 1"]),
}


def _quotations(browser_of: BrowserOf, reader: Actor, incident: Incident) -> str:
    """Return the words of the pinned messages on the page."""
    page = browser_of(reader.person).get(f"/incidents/{incident.number}/").content.decode()
    lines = re.findall(r'<li id="entry-\d+"[^>]* class="line kind-pin_added".*?</blockquote>', page, re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]+>", "", " ".join(lines))).split())


@pytest.mark.parametrize("name", ALERTS)
def test_a_pinned_alert_says_on_the_page_what_it_says_in_slack(
    workspace: Workspace, incident: Incident, ada: Actor, name: str, browser_of: BrowserOf
) -> None:
    alert, title, words = ALERTS[name]
    said = workspace.bot_says(in_=incident, name=name, **alert)
    ada.pins(said, in_=incident)

    quotation = _quotations(browser_of, ada, incident)
    assert f"{name} said" in quotation
    for each in (title, *words):
        assert each in quotation


@pytest.mark.parametrize("name", ALERTS)
def test_an_incident_declared_from_an_alert_has_its_words(workspace: Workspace, ada: Actor, name: str) -> None:
    alert, title, words = ALERTS[name]
    said = workspace.bot_says(in_="#incidents", name=name, **alert)
    channel = workspace.channel("#incidents").id
    ada.does("shortcut.run", callback_id="declare-from-message", channel=channel, ts=said.ts)

    assert ada.dialog_values["title"] == title
    ada.submits()
    summary = Incident.objects.get().summary
    assert words[0].split(":")[0].split(" by ")[0] in summary
    assert said.ts.replace(".", "") in summary


def test_an_unfurled_link_keeps_its_title(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: BrowserOf
) -> None:
    said = ada.says("see https://status.example", in_=incident)
    ada.pins(said, in_=incident)
    behind = [
        {"from_url": "https://status.example", "title": "All systems down", "title_link": "https://status.example"}
    ]
    where = workspace.channel(incident).id
    workspace.sandbox.control("unfurls", channel=where, ts=said.ts, attachments=behind)
    workspace.settle()

    assert "All systems down" in _quotations(browser_of, ada, incident)


def test_a_deleted_message_with_replies_leaves_the_page(
    incident: Incident, ada: Actor, grace: Actor, workspace: Workspace, browser_of: BrowserOf
) -> None:
    said = ada.says("The password is hunter2", in_=incident)
    ada.pins(said, in_=incident)
    grace.joins(incident)
    grace.says("Oh no", in_=incident, thread=said)
    assert "hunter2" in _quotations(browser_of, ada, incident)
    ada.does("message.delete", channel=workspace.channel(incident).id, ts=said.ts)

    assert _quotations(browser_of, ada, incident) == ""
    entries = list(incident.entries.values_list("kind", "text"))
    assert [kind for kind, text in entries if "hunter2" in text] == ["pin_added"]
    assert [kind for kind, text in entries if "deleted" in text] == ["pin_removed"]
    assert incident.pins.get().removed_at is not None


def test_a_tombstone_is_not_kept(incident: Incident, ada: Actor, workspace: Workspace) -> None:
    said = ada.says("The password is hunter2", in_=incident)
    ada.says("Oh no", in_=incident, thread=said)
    where = workspace.channel(incident).id
    ada.does("message.delete", channel=where, ts=said.ts)
    ada.does("reaction.add", channel=where, ts=said.ts, name="pushpin")

    assert not incident.pins.exists()


@pytest.mark.in_this_process
def test_redacting_an_alert_removes_each_of_its_strings(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: BrowserOf
) -> None:
    said = workspace.bot_says(in_=incident, name="PagerDuty", **PAGERDUTY)
    ada.pins(said, in_=incident)
    browser_of(ada.person)
    User.objects.filter(person=ada.person).update(is_superuser=True)
    admin = Person.objects.get(pk=ada.person.pk)
    redaction.redact_pin(incident, pin=incident.pins.get(), by=admin, reason="not ours", at=timezone.now())

    kept = str(list(InboxEntry.objects.values_list("payload", flat=True)))
    assert "Urgency" not in kept
    assert "since" not in kept
