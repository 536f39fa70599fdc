"""A redaction removes every copy of a text in its incident, and reaches nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import CharField, JSONField, Model, TextField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import slackbot.redaction
import ui.purging
from incidents import fields, queries, redaction, services
from incidents.models import EntryKind, Incident, TimelineEntry
from people.models import Person
from slackbot.api import client
from slackbot.kit.effects import Post
from slackbot.models import InboxEntry, Kept, OutboxEntry
from slackbot.models import Workspace as Place
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.testing import Actor, Workspace
from tests.columns import all_models, holding
from tests.stories.test_redaction import SECRET, _bots_words

pytestmark = pytest.mark.in_this_process  # it plants rows that a worker elsewhere would take


def _last(incident: Incident, kind: EntryKind, **by: Any) -> TimelineEntry:
    found = queries.history(incident).filter(kind=kind, **by).last()
    assert found is not None
    return found


def _redacts(actor: Actor, incident: Incident, text: str) -> redaction.Redaction:
    services.add_note(incident, text=text, by=actor.person, at=timezone.now())
    entry = _last(incident, EntryKind.NOTE_ADDED)
    return redaction.redact_entry(incident, entry=entry, by=actor.person, reason="leaked", at=timezone.now())


def _posts(incident: Incident, text: str) -> OutboxEntry:
    say_in_channel(incident, Post(text=text), key="a post", now=timezone.now())
    return OutboxEntry.objects.get(key="a post")


@pytest.fixture
def of_linus(workspace: Workspace, linus: Actor) -> Incident:
    """Linus's own incident, beside Ada's."""
    made = services.declare_incident(title="Mine", reporter=linus.person, at=timezone.now())
    workspace.settle()
    return made


# Other incidents ------------------------------------------------------------------------------------------------------


def test_redacting_does_not_find_what_people_wrote_in_somebody_elses_private_incident(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor, of_linus: Incident
) -> None:
    ada.says("@incident private on", in_=incident)
    ada.says("We think of the acquisition of Example Corp", in_=workspace.channel(incident))
    ada.says("@incident note Acquisition, as they say in INC-2", in_=workspace.channel(incident))

    done = _redacts(linus, of_linus, "acquisition")

    assert list(done.elsewhere) == []


def test_redacting_leaves_what_was_posted_in_other_incidents(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor, of_linus: Incident
) -> None:
    ada.says("@incident private on", in_=incident)
    _posts(incident, "Databases are restarting")
    workspace.settle()

    _redacts(linus, of_linus, "restarting")
    workspace.settle()

    assert "Databases are restarting" in _bots_words(workspace)


def test_redacting_does_not_drop_what_waits_in_other_incidents(
    incident: Incident, linus: Actor, of_linus: Incident
) -> None:
    waiting = _posts(incident, "Databases are restarting")

    _redacts(linus, of_linus, "restarting")

    waiting.refresh_from_db()
    assert waiting.is_open
    assert waiting.args["text"] == "Databases are restarting"


def test_redacting_changes_no_row_of_another_incident(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor, of_linus: Incident
) -> None:
    text = "restarting all databases, one after the other"
    ada.says(f"@incident summary {text}", in_=incident)
    ada.says(f"@incident summary {text}, {'slowly ' * 300}", in_=incident)  # too long for a button's value
    ada.says(f"@incident update {text}", in_=incident)
    ada.says(f"@incident action {text}", in_=incident)
    ada.says("@incident action", in_=incident)
    ada.says("/incident summary", in_=incident)
    assert Kept.objects.exists()
    before = set(holding(text)[0])

    _redacts(linus, of_linus, text)
    workspace.settle()

    assert before <= set(holding(text)[0])


# Rows that are the machinery's own ------------------------------------------------------------------------------------

# Columns of text in which nobody's words are: keys, ids, names of parts, choices, digests.
MACHINERY = {
    "incidents.Action": ("priority", "type"),
    "incidents.Counter": ("name",),
    "incidents.Following": ("order_key", "lease_owner", "key", "queue", "follower", "plugin"),
    "incidents.Incident": ("kind", "status"),
    "incidents.Link": ("kind",),
    "incidents.Pin": ("source", "author_name"),  # the name of a program
    "incidents.Role": ("key", "name", "description"),
    "incidents.Severity": ("key", "name", "emoji", "when_to_choose"),
    "incidents.TimelineEntry": ("kind",),
    "jobs.Heartbeat": ("name",),
    "people.Person": ("time_zone",),
    "slackbot.CommsChannel": ("channel_id", "bookmark_id", "invited", "closed_as"),
    "slackbot.Gate": ("key",),
    "slackbot.Headline": ("channel_id", "ts"),
    "slackbot.InboxEntry": ("order_key", "lease_owner", "key", "queue", "kind", "handler", "plugin"),
    "slackbot.LastSaid": ("key",),
    "jobs.OperatorEntry": ("door",),
    "slackbot.OutboxEntry": ("order_key", "lease_owner", "key", "kind"),
    "slackbot.Reminder": ("handler",),
    "slackbot.Scheduled": ("key", "handler"),
    "slackbot.SlackName": ("slack_id", "name"),  # of public channels; that of a redacted title goes with it
    "slackbot.SlackUser": ("user_id", "handle", "dm_channel_id"),  # an erasure overwrites the handle by itself
    "jobs.Switch": ("key", "subject"),
    "slackbot.Workspace": (
        *("team_id", "name", "url", "bot_user_id", "bot_id", "app_id", "incident_channel_id"),
        *("headlines_named", "headlines_channel", "headlines_trouble"),
    ),
    "ui.AnsweredCall": ("key", "fingerprint"),
    "ui.ApiToken": ("scope", "digest", "beginning"),
    "ui.Tally": ("key",),
}
# What the domain overwrites itself, and the HTML that follows it.
DOMAIN = {
    "incidents.Action": ("text", "html"),
    "incidents.Incident": (
        *("title", "title_folded", "summary", "summary_html", "summary_folded", "impact", "impact_html"),
        *("field_values", "fields_html", "fields_folded"),
    ),
    "incidents.Link": ("label", "url"),
    "incidents.Pin": ("text", "html", "permalink", "files"),
    "incidents.TimelineEntry": ("text", "html", "data"),
    "people.Person": ("name", "name_folded", "email"),
}


def _text_columns(model: type[Model]) -> set[str]:
    fields = model._meta.concrete_fields
    return {field.attname for field in fields if isinstance(field, (CharField, TextField, JSONField))}


def test_every_column_of_text_is_known_as_peoples_words_or_as_the_machinerys() -> None:
    words = {model._meta.label: columns for model, columns in {**slackbot.redaction.WORDS, **ui.purging.WORDS}.items()}
    for model in all_models():
        if model._meta.app_label == "auth":
            continue
        label = model._meta.label
        classified = [*words.get(label, ()), *DOMAIN.get(label, ()), *MACHINERY.get(label, ())]

        assert sorted(classified) == sorted(_text_columns(model)), label


@pytest.mark.parametrize("word", ["headline", "members", "slackbot", "danger", "channel", "delete", "direct"])
def test_redacting_a_word_of_the_machinery_leaves_the_machinery(
    incident: Incident, workspace: Workspace, ada: Actor, word: str
) -> None:
    ada.says("@incident redact 1 for a question with a button", in_=incident)
    machinery = [(model, name) for model in all_models() for name in MACHINERY.get(model._meta.label, ())]
    before = {(model, name): list(model._base_manager.values_list("pk", name)) for model, name in machinery}

    _redacts(ada, incident, word)

    for (model, name), rows in before.items():
        now = list(model._base_manager.values_list("pk", name))
        assert [row for row in rows if row not in now] == [], (model, name)


def test_redacting_the_bots_id_leaves_the_workspace(workspace: Workspace, linus: Actor, of_linus: Incident) -> None:
    before = Place.objects.values().get()

    _redacts(linus, of_linus, f"The bot is {workspace.BOT}")
    _redacts(linus, of_linus, workspace.BOT)

    assert Place.objects.values().get() == before


# Short texts, and copies that look different --------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["is", "the", "down"])
def test_redacting_a_short_text_leaves_other_texts(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, word: str
) -> None:
    post = _posts(incident, "The site is up, not down. Is the page?")
    grace.joins(incident)
    grace.says("@incident update Is the cache down? The page is", in_=incident)
    said = InboxEntry.objects.get(kind="mention")
    ada.says(f"@incident note {word}", in_=incident)
    note = InboxEntry.objects.filter(kind="mention").latest("pk")
    entry = _last(incident, EntryKind.NOTE_ADDED)

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="This is the mistake", at=timezone.now())
    workspace.settle()

    post.refresh_from_db()
    said.refresh_from_db()
    note.refresh_from_db()
    assert post.args["text"] == "The site is up, not down. Is the page?"
    assert "Is the cache down? The page is" in said.payload["text"]
    assert "not down. Is the page?" in _bots_words(workspace)
    assert "Is the cache down? The page is" in _bots_words(workspace)
    assert note.payload["redacted"]
    assert "text" not in note.payload


@pytest.mark.parametrize("secret", ["a&b1!", "<x>9", "zq7"])
@pytest.mark.parametrize("plant", ["note {}", "update {}", "action {} @grace", "update say *{}* twice: {}"])
def test_a_short_secret_is_removed_wherever_its_entry_left_it(
    incident: Incident, workspace: Workspace, ada: Actor, secret: str, plant: str
) -> None:
    escaped = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    ada.says(f"@incident {plant.format(escaped, escaped)}", in_=incident)
    assert holding(escaped)[0]
    entry = queries.history(incident).last()
    assert entry is not None

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert holding(escaped)[0] == holding(secret)[0] == []
    assert escaped not in _bots_words(workspace)


def test_a_shortened_copy_is_removed_although_the_longest_word_is_cut(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    text = "Pass Hunter2 Zebra " + "so & on " * 300 + "supercalifragilistic"
    services.add_action(incident, text=text, by=ada.person, at=timezone.now())
    ada.says("@incident action", in_=incident)
    assert holding("Hunter2 Zebra")[0]
    entry = _last(incident, EntryKind.ACTION_ADDED)

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert holding("Hunter2 Zebra")[0] == []


def test_a_message_whose_row_was_thrown_away_is_found_in_slack(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    ada.says(f"@incident update the key is {SECRET}", in_=incident)
    entry = _last(incident, EntryKind.UPDATE_POSTED)
    OutboxEntry.objects.filter(is_open=False).delete()  # as happens after 14 days

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert SECRET not in _bots_words(workspace)
    assert not any("didn't find" in text for text in ada.direct_messages())


def test_a_message_that_is_not_found_is_reported_to_the_person_who_redacted_it(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    ada.says(f"@incident update the key is {SECRET}", in_=incident)
    entry = _last(incident, EntryKind.UPDATE_POSTED)
    posted = OutboxEntry.objects.get(kind="update").result
    assert posted is not None
    client.call("chat.delete", {"channel": posted["channel"], "ts": posted["ts"]})
    OutboxEntry.objects.filter(is_open=False).delete()

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert any(f"redacted text of entry {entry.seq}. If you see it" in text for text in ada.direct_messages())


def test_a_redacted_title_leaves_the_home_tabs(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    ada.says(f"@incident rename Login with {SECRET} fails", in_=incident)
    linus.does("home.open")
    assert SECRET in str(workspace.sandbox.get("home", user=linus.id))
    OutboxEntry.objects.filter(is_open=False).delete()  # as happens after 14 days
    entry = _last(incident, EntryKind.TITLE_CHANGED)

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert SECRET not in str(workspace.sandbox.get("home", user=linus.id))


# Other people's words -------------------------------------------------------------------------------------------------


def _writes_summary(incident: Incident, text: str, person: Person) -> None:
    incident.refresh_from_db()
    seen = services.fingerprint(incident)
    services.edit_incident(incident, wanted={"summary": text}, seen=seen, by=person, at=timezone.now())


def test_nobody_redacts_what_somebody_else_wrote_by_writing_it_once_more(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    words = "The primary database lost its disk"
    for text, actor in ((words, ada), ("Something else", linus), (words, linus)):
        _writes_summary(incident, text, actor.person)
    entry = _last(incident, EntryKind.SUMMARY_CHANGED, actor=linus.person)

    done = redaction.redact_entry(incident, entry=entry, by=linus.person, reason="mine", at=timezone.now())

    assert words in _last(incident, EntryKind.SUMMARY_CHANGED, actor=ada.person).text
    assert done.others == 1
    assert redaction.others_sentence(1).startswith("1 entry of another person has the same text.")
    incident.refresh_from_db()
    assert incident.summary == "[redacted]", "It says what Linus wrote last."


def test_the_incident_keeps_what_somebody_else_wrote_last(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    words = "The primary database lost its disk"
    for text, actor in ((words, linus), ("Something else", ada), (words, ada)):
        _writes_summary(incident, text, actor.person)
    entry = _last(incident, EntryKind.SUMMARY_CHANGED, actor=linus.person)

    redaction.redact_entry(incident, entry=entry, by=linus.person, reason="mine", at=timezone.now())

    incident.refresh_from_db()
    assert incident.summary == words


def test_redacting_a_note_leaves_somebody_elses_update_that_says_the_same(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    ada.says("@incident update Databases are restarting", in_=incident)
    _redacts(linus, incident, "restarting")
    workspace.settle()

    assert "Databases are restarting" in _bots_words(workspace)
    assert "Databases are restarting" in _last(incident, EntryKind.UPDATE_POSTED).text


def test_an_administrator_redacts_the_same_words_of_everybody(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    words = "The primary database lost its disk"
    for text, actor in ((words, ada), ("Something else", linus), (words, linus)):
        _writes_summary(incident, text, actor.person)
    administrator = linus.person
    administrator.login = User.objects.create_user("linus", is_staff=True)
    administrator.save()
    entry = _last(incident, EntryKind.SUMMARY_CHANGED, actor=administrator)

    done = redaction.redact_entry(incident, entry=entry, by=administrator, reason="leaked", at=timezone.now())
    workspace.settle()

    assert done.others == 0
    assert holding(words)[0] == []


def test_what_somebody_else_wrote_and_is_about_to_be_run_is_not_dropped(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    now, channel = timezone.now(), workspace.channel(incident).id
    for actor in (ada, linus):
        payload = {"channel": channel, "user": actor.id, "ts": "1.1", "text": "<@U0> note restarting the databases"}
        InboxEntry.objects.create(
            key=actor.id,
            kind="mention",
            payload=payload,
            order_key=f"{channel}:slackbot",
            priority=5,
            created_at=now,
            not_before=now + timedelta(hours=1),
        )

    _redacts(linus, incident, "restarting")

    waiting = {row.key: row for row in InboxEntry.objects.filter(key__in=[ada.id, linus.id])}
    assert waiting[ada.id].is_open
    assert "restarting the databases" in waiting[ada.id].payload["text"]
    assert not waiting[linus.id].is_open
    assert waiting[linus.id].error == "Not run: its text was redacted"


def test_the_traceback_of_a_plugin_that_was_told_the_text_is_overwritten(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    now = timezone.now()
    InboxEntry.objects.create(
        key="failed",
        kind="incident_event",
        payload={"entry": 1},
        order_key=f"incident:{incident.pk}:a.plugin",
        priority=5,
        created_at=now,
        is_open=False,
        given_up_at=now,
        closed_at=now,
        error=f"ValueError: {SECRET}",
    )

    _redacts(ada, incident, SECRET)

    assert InboxEntry.objects.get(key="failed").error == "[redacted]"


def test_a_field_that_was_told_the_channel_is_found_in_slack(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    fields.registry.add(fields.declared("vault", label="Vault", kind="text", headline=True, place="this test"))
    try:
        services.set_field(incident, name="vault", value=f"key {SECRET}", by=ada.person, at=timezone.now())
        workspace.settle()
        OutboxEntry.objects.filter(is_open=False).delete()  # as happens after 14 days
        entry = _last(incident, EntryKind.FIELD_CHANGED)

        redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
        workspace.settle()

        assert SECRET not in _bots_words(workspace)
    finally:
        fields.registry.take_out("vault")


@pytest.mark.parametrize("is_here", [True, False])
def test_many_rows_with_the_text_take_no_more_statements(
    incident: Incident, workspace: Workspace, ada: Actor, is_here: bool
) -> None:
    now, channel = timezone.now(), workspace.channel(incident).id if is_here else "C0ELSEWHERE"
    taken = []
    for many in (0, 100):
        InboxEntry.objects.bulk_create(
            InboxEntry(
                key=f"old:{number}",
                kind="event",
                order_key=f"{channel}:slackbot",
                priority=5,
                created_at=now,
                is_open=False,
                closed_at=now,
                payload={"channel": channel, "user": ada.id, "ts": "1.1", "text": f"<@{ada.id}> {SECRET} {number}"},
            )
            for number in range(many)
        )
        with CaptureQueriesContext(connection) as statements:
            _redacts(ada, incident, f"{SECRET} here")
            _redacts(ada, incident, SECRET)
        taken.append(len(statements))

    assert taken[1] - taken[0] <= 4
    assert InboxEntry.objects.filter(key__startswith="old:", payload__redacted=True).count() == 100 * is_here
