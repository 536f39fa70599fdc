"""A text that must not stay is removed from every place where we keep it, and from what we posted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from incidents import fields, queries, redaction, services
from incidents.models import Incident, TimelineEntry
from slackbot.manifest import manifest
from slackbot.models import Headline, InboxEntry, OutboxEntry
from slackbot.testing import Actor, FormRefused, Message, Workspace
from tests.columns import holding
from tests.html import not_drawn
from ui import tokens
from ui.models import ApiToken

SECRET = "Hunter2-Zebra"
Plant = Callable[[Workspace, Incident, Actor], None]


def _note(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident note the *password* of <@U0GRACE> is {SECRET} & more", in_=incident)


def _long_note(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident note {SECRET}\n{'many words follow ' * 100}", in_=incident)


def _short_note(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident note {SECRET}", in_=incident)


def _update(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident update the key is `{SECRET}`, do not share", in_=incident)


def _last_update(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident resolve all is well, the key was {SECRET}", in_=incident)


def _pin(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.pins(ada.says(f"the *key* is {SECRET}", in_=incident), in_=incident)


def _action(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident action change the password {SECRET} @grace", in_=incident)


def _action_by_form(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident action new", in_=incident)
    ada.clicks("Open the form", in_=incident)
    ada.submits({"action": f"change the password {SECRET}"})


def _done_action(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _action(workspace, incident, ada)
    ada.says("@incident action", in_=incident)
    ada.clicks("Complete", in_=incident)


def _title(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident rename Login with {SECRET} fails", in_=incident)


def _old_title(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _title(workspace, incident, ada)
    ada.says("@incident rename Login fails", in_=incident)


def _summary(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident summary we use **{SECRET}** to sign in", in_=incident)


def _summary_twice(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _summary(workspace, incident, ada)
    ada.says("@incident summary nothing is known", in_=incident)
    ada.clicks("Replace it", in_=incident)


def _impact(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident impact all who use {SECRET}", in_=incident)


def _by_the_api(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    secret = tokens.make_token(ada.person, name="A test", scope=ApiToken.Scope.WRITE, at=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"})
    body = json.dumps({"text": f"the key is {SECRET}"})
    address = f"/api/v1/incidents/{incident.number}/timeline"
    assert client.post(address, body, content_type="application/json").status_code == 201
    workspace.settle()


def _field(kind: str, value: str) -> Plant:
    def plant(workspace: Workspace, incident: Incident, ada: Actor) -> None:
        fields.registry.add(fields.declared("vault", label="Vault", kind=kind, headline=True, place="this test"))
        for each in (value, "https://x.example.com/nothing", value):
            services.set_field(incident, name="vault", value=each, by=ada.person, at=timezone.now())
        workspace.settle()

    plant.__name__ = f"field_of_kind_{kind}"
    return plant


def _link(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    address = f"https://docs.example.com/{SECRET}"
    services.attach_link(
        incident, kind="document", label=f"Runbook {SECRET}", url=address, by=ada.person, at=timezone.now()
    )
    workspace.settle()


@pytest.fixture(autouse=True)
def _no_fields_afterwards() -> Iterator[None]:
    yield
    fields.registry.take_out("vault")


PLANTS = [
    *(_field("text", f"key {SECRET}"), _field("paragraph", f"The key\nis {SECRET}\n"), _link),
    _field("link", f"https://x.example.com/{SECRET}"),
    *(_note, _short_note, _long_note, _update, _last_update, _pin, _action, _action_by_form, _done_action),
    *(_title, _old_title, _summary, _summary_twice, _impact, _by_the_api),
]


def _entry_with(incident: Incident) -> TimelineEntry:
    return next(entry for entry in queries.history(incident) if SECRET in entry.text)


def _bots_words(workspace: Workspace) -> str:
    """Everything that Slack shows and that is not a person's own message."""
    shown: list[Any] = []
    for raw in workspace.sandbox.get("channels")["channels"]:
        channel = workspace.channel(raw["id"])
        shown += [channel.name, channel.topic]
        shown += [message.raw for message in channel.messages() if message.raw.get("user") == workspace.BOT]
    return json.dumps([each for each in shown if not _tells_of_a_topic(each)], ensure_ascii=False)


def _tells_of_a_topic(shown: Any) -> bool:
    """Slack itself tells a channel of each new topic and name; nobody can take these notices back."""
    return isinstance(shown, dict) and shown.get("subtype") in ("channel_topic", "channel_name")


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__.strip("_"))
def test_a_redacted_text_is_in_no_column_and_in_no_message_of_ours(
    workspace: Workspace, incident: Incident, ada: Actor, plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(workspace, incident, ada)
    assert holding(SECRET)[0]

    entry = _entry_with(incident)
    done = redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    found, columns = holding(SECRET)
    with capsys.disabled():
        print(f" {columns} columns walked ", end="")  # noqa: T201
    assert found == []
    assert not_drawn() == []
    assert SECRET.casefold() not in _bots_words(workspace).casefold()
    assert done.is_new
    assert not workspace.app.work()


@pytest.mark.parametrize("title", [f"Login with {SECRET} fails", "Login fails"])
def test_what_an_incident_was_declared_with_can_be_redacted(workspace: Workspace, ada: Actor, title: str) -> None:
    ada.says(f"/incident {title}")
    ada.submits({"summary": f"The password is {SECRET}"})
    incident = Incident.objects.latest("pk")
    entry = queries.history(incident)[0]

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert holding(SECRET)[0] == []
    assert SECRET.casefold() not in _bots_words(workspace).casefold()


def _strings(row: Any, column: str) -> str:
    row.refresh_from_db()
    return json.dumps(getattr(row, column), ensure_ascii=False)


@pytest.mark.parametrize("word", ["the", "Down", "is it"])
def test_a_redacted_common_word_takes_nothing_else_with_it(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, word: str
) -> None:
    ada.says("/incident Payments time out")
    ada.submits()
    other = Incident.objects.latest("pk")
    for place in (incident, other):
        grace.joins(place)
        grace.says(f"@incident update Is it {word} cache that is down? The page says {word}", in_=place)
    before = [
        (row, column, _strings(row, column))
        for rows, column in ((InboxEntry.objects.all(), "payload"), (OutboxEntry.objects.all(), "args"))
        for row in rows
        if word in _strings(row, column)
    ]
    assert len(before) >= 4
    shown = [each for each in _bots_words(workspace).split('"text"') if word in each]
    ada.says(f"@incident note {word}", in_=incident)
    said = InboxEntry.objects.latest("pk")
    assert word in _strings(said, "payload")
    entry = queries.history(incident).filter(kind="note_added").latest("seq")

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="mistake", at=timezone.now())
    workspace.settle()

    assert word not in _strings(said, "payload")
    assert queries.entry(incident, seq=entry.seq).text.startswith("Redacted by ")
    assert [_strings(row, column) for row, column, _ in before] == [text for _, _, text in before]
    assert set(shown) <= set(_bots_words(workspace).split('"text"'))


@pytest.mark.parametrize("words", ["Zanzibar", "Zanzibar is lost"])
def test_common_words_leave_their_incident_everywhere_and_others_alone(
    workspace: Workspace, incident: Incident, ada: Actor, words: str
) -> None:
    ada.says("/incident Payments time out")
    ada.submits()
    other = Incident.objects.latest("pk")
    ada.says(f"@incident update I heard that {words} again", in_=other)
    ada.says(f"@incident rename {words}", in_=incident)
    assert "zanzibar" in workspace.channel(incident).name or "zanzibar" in workspace.channel(incident).topic.lower()

    entry = next(entry for entry in queries.history(incident) if words in entry.text)
    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    theirs = [place for place in holding(words)[0] if "I heard that" not in place]
    assert theirs == []
    assert any(f"I heard that {words} again" in place for place in holding(words)[0])
    said = [message.text for message in ada.sees("#incidents") if words in message.text]
    assert all("I heard that" in text for text in said)


@pytest.mark.parametrize("secret", ["k3y!", "zq7"])
@pytest.mark.parametrize("say", ["note {}", "update {}", "summary {}", "action {} @grace", "note say *{}* twice: {}"])
def test_a_short_password_is_removed_everywhere(
    workspace: Workspace, incident: Incident, ada: Actor, secret: str, say: str
) -> None:
    if "summary" in say:
        ada.says(f"/incident {say.format(secret)}", in_=incident)
    else:
        ada.says(f"@incident {say.format(secret, secret)}", in_=incident)
    assert holding(secret)[0]

    entry = next(entry for entry in queries.history(incident) if secret in entry.text)
    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert holding(secret)[0] == []
    assert secret not in _bots_words(workspace)


def test_the_command_asks_first_and_tells_what_to_delete_oneself(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    said = ada.says(f"@incident note the password is {SECRET}", in_=incident)
    seq = _entry_with(incident).seq
    grace.joins(incident)
    grace.says(f"@incident redact {seq} leaked", in_=incident)
    assert "You can redact only your own text. Ada" in grace.told(in_=incident)
    ada.says(f"@incident redact {seq}", in_=incident)
    assert "Add a reason" in ada.told(in_=incident)
    ada.says("@incident redact", in_=incident)
    assert f"• {seq}: Note" in ada.told(in_=incident)

    ada.says(f"@incident redact {seq} contained a password", in_=incident)
    assert holding(SECRET)[0], "It asks first."
    ada.clicks("Redact it", in_=incident)

    assert holding(SECRET)[0] == []
    entry = queries.entry(incident, seq=seq)
    assert entry.text.startswith("Redacted by Ada Lovelace, ")
    assert entry.text.endswith(": contained a password")
    assert said.ts.replace(".", "") in ada.told(in_=incident)

    ada.says(f"@incident redact {seq} once more", in_=incident)
    assert "already redacted" in ada.told(in_=incident)


@pytest.fixture
def _shortcuts(workspace: Workspace) -> None:
    """The sandbox knows the shortcuts of our manifest."""
    workspace.sandbox.control("manifest", manifest=manifest(site_url=settings.SITE_URL))


def _chooses_redact(actor: Actor, message: Message, place: Any) -> None:
    channel = actor.workspace.channel(place)
    actor.does("shortcut.run", callback_id="redact-message", channel=channel.id, ts=message.ts)


def _a_command(ada: Actor, incident: Incident) -> tuple[Message, Any]:
    return ada.says(f"@incident note the *password* is {SECRET}", in_=incident), incident


def _a_pinned_message(ada: Actor, incident: Incident) -> tuple[Message, Any]:
    said = ada.says(f"the password is {SECRET}", in_=incident)
    ada.pins(said, in_=incident)
    return said, incident


def _our_update(ada: Actor, incident: Incident) -> tuple[Message, Any]:
    ada.says(f"@incident update {SECRET} is out", in_=incident)
    headline = Headline.objects.get(incident=incident)
    where = ada.workspace.channel(headline.channel_id)
    return next(message for message in where.messages(user_id=ada.id) if SECRET in message.text), where.id


@pytest.mark.usefixtures("_shortcuts")
@pytest.mark.parametrize("made", [_a_command, _a_pinned_message, _our_update], ids=lambda made: made.__name__)
def test_a_text_is_redacted_by_the_menu_of_its_message(
    workspace: Workspace, incident: Incident, ada: Actor, linus: Actor, made: Any
) -> None:
    message, place = made(ada, incident)
    linus.joins(incident)
    _chooses_redact(linus, message, place)
    assert "has no text from this message that you can redact" in linus.told(in_=place)

    _chooses_redact(ada, message, place)
    assert "You can't undo it" in json.dumps(ada.dialog)
    with pytest.raises(FormRefused, match="Don't repeat the redacted text in it"):
        ada.submits({"reason": f"contained {SECRET}"})
    assert holding(SECRET)[0], "It asks first."
    ada.submits({"reason": "contained a password"})

    assert holding(SECRET)[0] == []
    assert SECRET not in _bots_words(workspace)
    assert "is redacted" in ada.told(in_=place)


@pytest.mark.usefixtures("_shortcuts")
def test_the_menu_of_a_message_elsewhere_redacts_nothing(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("Lunch?", in_="#general")
    _chooses_redact(ada, said, "#general")
    assert "in an incident channel, or in the thread of a headline" in ada.told(in_="#general")

    said = ada.says("Lunch?", in_=incident)
    _chooses_redact(ada, said, incident)
    assert "has no text from this message" in ada.told(in_=incident)


def test_a_redacted_message_does_not_come_back_when_it_is_edited_or_pinned_again(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said = ada.says(f"the key is {SECRET}", in_=incident)
    ada.pins(said, in_=incident)
    entry = _entry_with(incident)
    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    ada.does("message.edit", channel=workspace.channel(incident).id, ts=said.ts, text=f"the new key is {SECRET}")
    ada.unpins(said, in_=incident)
    ada.pins(said, in_=incident)

    assert not any(SECRET in each.text for each in queries.history(incident))
    assert incident.pins.get().text == "[redacted]"


@pytest.mark.in_this_process  # it moves the clock
def test_a_message_is_overwritten_when_slack_works_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _update(workspace, incident, ada)
    rule = {"method": "chat.update", "fault": "server_error", "times": 2}
    workspace.sandbox.control("faults", rules=[rule])
    entry = _entry_with(incident)
    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()
    workspace.after(minutes=5)

    assert SECRET not in _bots_words(workspace)


@pytest.mark.in_this_process  # it moves the clock
def test_a_message_that_slack_does_not_let_us_change_is_told_to_who_redacted_it(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    _update(workspace, incident, ada)
    entry = _entry_with(incident)
    rules = [
        {"method": method, "fault": "error:restricted_action", "times": 9} for method in ("chat.update", "chat.delete")
    ]
    workspace.sandbox.control("faults", rules=rules)
    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert any("still visible in Slack" in each.text for each in queries.history(incident).filter(kind="trouble"))
    assert any("still visible in Slack" in text for text in ada.direct_messages())
