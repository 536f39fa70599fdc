"""Plugins of monzo/response: they run as they are, and what cannot run says so at the start."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from importlib import import_module
from inspect import getsource
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from django.db.models.signals import post_save

from incidents import models as incidents
from incidents.models import TimelineEntry
from slackbot.kit.registry import RegistrationError
from slackbot.monzo import gone, settings
from slackbot.monzo.core.models import ExternalUser, Incident
from slackbot.monzo.running import NothingRuns
from slackbot.monzo.slack.block_kit import Actions, Button, Context, Message, Section, StaticSelect, StaticSelectOption
from slackbot.monzo.slack.block_kit import Text as BlockText
from slackbot.monzo.slack.client import SlackError
from slackbot.monzo.slack.decorators import (
    action_handler,
    dialog_handler,
    headline_post_action,
    incident_command,
    keyword_handler,
    recurring_notification,
    single_notification,
    slack_event,
)
from slackbot.monzo.slack.dialog_builder import Dialog, SelectWithOptions, Text
from slackbot.monzo.slack.models import CommsChannel
from slackbot.monzo.slack.reference_utils import channel_reference, reference_to_id
from tests.slackbot.monzo_names import MEMBERS, NAMES

ROOT = Path(__file__).resolve().parents[2]


# At the start ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decorator", "form"),
    [
        (incident_command(["wrong"]), "incident, user_id, message"),
        (keyword_handler(["wrong"]), "comms_channel, user, keyword, text, ts"),
        (action_handler("wrong"), "action_context"),
        (dialog_handler("wrong"), "user_id, channel_id, submission, response_url, state"),
        (single_notification(initial_delay_mins=5), "incident"),
        (recurring_notification(interval_mins=5), "incident"),
        (slack_event("pin_added"), "incident, payload"),
        (headline_post_action(order=150), "headline_post"),
    ],
)
def test_a_handler_of_another_form_stops_the_start(decorator: Callable[[Any], Any], form: str) -> None:
    def handler(*, context: object) -> None:
        """It takes what no handler takes."""

    with pytest.raises(RegistrationError) as refusal:
        decorator(handler)

    assert f"handler({form})" in str(refusal.value)
    assert "test_monzo.py:" in str(refusal.value)


@pytest.mark.parametrize("names", ["escalate", []])
def test_names_are_a_list(names: Any) -> None:
    def command(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
        return True, None

    def keyword(comms_channel: CommsChannel, user: str, text: str, ts: str) -> None:
        """Say nothing."""

    with pytest.raises(RegistrationError, match="Commands are a list of names"):
        incident_command(names)(command)
    with pytest.raises(RegistrationError, match="Keywords are a list of words"):
        keyword_handler(names)(keyword)


@pytest.mark.parametrize(
    ("module", "name", "hint"),
    [
        ("slackbot.monzo.core.models", "IncidentExtension", "a model of your own"),
        ("slackbot.monzo.slack.models", "PinnedMessage", "incidents.queries.pins"),
        ("slackbot.monzo.slack.models", "UserStats", "incidents.queries.participants"),
        ("slackbot.monzo.slack.decorators", "handle_notifications", "remove the cron job"),
        ("slackbot.monzo.slack.decorators", "modal_handler", "use dialog_handler"),
        ("slackbot.monzo.slack.decorators.view_handler", "view_handler", "use dialog_handler"),
    ],
)
def test_a_name_that_is_gone_says_what_to_use(module: str, name: str, hint: str) -> None:
    with pytest.raises(ImportError, match=hint):
        getattr(import_module(module), name)
    with pytest.raises(AttributeError):
        getattr(import_module(module), "NeverThere")  # noqa: B009 — mypy knows what is there


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names.split()]
)
def test_every_public_name_works_or_names_its_replacement(module: str, name: str) -> None:
    """As a plugin imports it: `from slackbot.monzo.slack.views import action`."""
    refusal = ""
    try:
        exec(f"from slackbot.monzo.{module} import {name}", {})
    except ImportError as error:
        refusal = str(error)

    assert not refusal or re.search(r"monzo/response.* is not in slackbot\.monzo[^:]*: \w.+\.$", refusal)


@pytest.mark.parametrize("thing", MEMBERS)
def test_every_member_of_a_class_is_there(thing: str) -> None:
    module, _, name = thing.rpartition(".")
    there = {*dir(each := getattr(import_module(f"slackbot.monzo.{module}"), name)), *_attributes(each)}

    assert set(MEMBERS[thing].split()) - there == set()


def _attributes(thing: Any) -> set[str]:
    """Return what the methods of a class set on `self`."""
    tree = ast.parse(dedent(getsource(thing)))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }


def test_modules_that_were_imported_for_their_effect_load() -> None:
    """A public deployment has `from response.slack import incident_notifications`."""
    for name in gone.EMPTY:
        assert import_module(f"slackbot.monzo.{name}")


def test_a_model_of_a_plugin_refers_to_our_incident() -> None:
    with pytest.raises(TypeError, match=r"models\.ForeignKey\('incidents\.Incident'"):
        models.ForeignKey(Incident, on_delete=models.CASCADE)  # type: ignore[arg-type]


def test_rows_of_a_plugin_are_found_by_an_incident_and_written_with_its_record(incident: incidents.Incident) -> None:
    """A plugin's model has a ForeignKey to our incident, and its handlers get the one of `slackbot.monzo`."""
    wrapped: Any = Incident(incident)

    assert TimelineEntry.objects.filter(incident=wrapped).count() == incident.entries.count() > 0
    assert not TimelineEntry.objects.exclude(incident=wrapped).exists()
    assert TimelineEntry(incident=wrapped.record).incident == incident
    with pytest.raises(ValueError, match=r"put its \.record"):
        TimelineEntry(incident=wrapped)


def test_a_receiver_of_the_ancestors_signals_stops_the_start() -> None:
    """It would wait for ever: what is saved are our models."""

    def receiver(**_kwargs: object) -> None:
        """Never called."""

    post_save.connect(receiver, sender=Incident)  # type: ignore[arg-type]
    try:
        with pytest.raises(SystemCheckError, match="@incident_event"):
            call_command("check")
    finally:
        post_save.disconnect(receiver, sender=Incident)  # type: ignore[arg-type]
    call_command("check")


def test_severities_are_known_while_modules_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a query: the database may not be prepared yet."""
    monkeypatch.setattr("django.apps.apps.ready", False)

    assert list(Incident.SEVERITIES) == [("1", "critical"), ("2", "major"), ("3", "minor"), ("4", "trivial")]


# While no handler runs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        lambda: settings.SLACK_CLIENT.send_ephemeral_message("C0GENERAL", "U0ADA", "Hello"),
        lambda: settings.SLACK_CLIENT.add_reaction("eyes", "C0GENERAL", "1.2"),
        lambda: Dialog("Title", "Send", [Text(label="Why", name="why")]).send_open_dialog("why", "trigger"),
        lambda: ExternalUser.objects.get_or_create_slack(external_id="U0ADA"),
    ],
)
@pytest.mark.django_db
def test_nothing_is_said_or_done_outside_a_handler(do: Callable[[], Any]) -> None:
    with pytest.raises(NothingRuns, match="only while one of their handlers runs"):
        do()


def test_methods_that_slack_has_retired_are_named() -> None:
    with pytest.raises(SlackError, match=r"call conversations\.create") as refusal:
        settings.SLACK_CLIENT.api_call("channels.create", name="news")

    assert refusal.value.slack_error == "method_deprecated"


@pytest.mark.django_db
def test_fields_that_are_not_there_are_named() -> None:
    with pytest.raises(Exception, match=r"There is no field 'colour'\. There are: pk, id, report"):
        Incident.objects.filter(colour="red")


def test_settings_are_djangos_with_the_ancestors() -> None:
    assert settings.SITE_URL
    assert settings.INCIDENT_CHANNEL_NAME == "incidents"
    assert not hasattr(settings, "INCIDENT_REPORT_CHANNEL_ID")


def test_keys_of_a_plugin_are_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not hasattr(settings, "PAGERDUTY_API_KEY")
    assert getattr(settings, "PAGERDUTY_API_KEY", None) is None
    with pytest.raises(AttributeError, match="Set the environment variable PAGERDUTY_API_KEY"):
        _ = settings.PAGERDUTY_API_KEY

    monkeypatch.setenv("PAGERDUTY_API_KEY", "pd-key-0123456789")
    monkeypatch.setenv("PAGERDUTY_SERVICE", "PSERVICE")
    monkeypatch.setattr(django_settings, "PLUGIN_SECRETS", set())

    assert (settings.PAGERDUTY_API_KEY, settings.PAGERDUTY_SERVICE) == ("pd-key-0123456789", "PSERVICE")
    assert {"pd-key-0123456789"} == django_settings.PLUGIN_SECRETS


# What is drawn --------------------------------------------------------------------------------------------------------


def test_blocks_are_drawn_as_slack_takes_them() -> None:
    message = Message()
    message.add_block(Section(text=BlockText("All is well", title="State", add_new_line=True)))
    fields = Section(block_id="facts")
    fields.add_field(BlockText("Since noon"))
    message.add_block(fields)
    menu = StaticSelect([StaticSelectOption("Now", "now")], "when", placeholder_text="When?")
    actions = Actions(block_id="choose", elements=[menu])
    actions.add_element(Button("Go", "go", value=7))
    message.add_block(actions)
    message.add_block(Context("Small print"))

    plain = {"type": "plain_text", "emoji": True}
    assert message.serialize() == [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*State*\nAll is well\n\u00a0"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "Since noon"}], "block_id": "facts"},
        {
            "type": "actions",
            "block_id": "choose",
            "elements": [
                {
                    "type": "static_select",
                    "action_id": "when",
                    "options": [{"text": {**plain, "text": "Now"}, "value": "now"}],
                    "placeholder": {**plain, "text": "When?"},
                },
                {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "7"},
            ],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "Small print"}]},
    ]


def test_a_section_needs_something_to_say() -> None:
    with pytest.raises(ValueError, match="a text or fields"):
        Section().serialize()


def test_dialogs_are_built_as_slack_took_them() -> None:
    dialog = Dialog("Page", "Send", [Text(label="Why", name="why", hint="Short")], state=7)
    dialog.add_element(SelectWithOptions([("Now", "now")], label="When", name="when", optional=True))

    assert dialog.build_dialog("page") == {
        "title": "Page",
        "submit_label": "Send",
        "callback_id": "page",
        "state": 7,
        "elements": [
            {"label": "Why", "name": "why", "hint": "Short", "type": "text"},
            {
                "label": "When",
                "name": "when",
                "optional": True,
                "type": "select",
                "options": [{"label": "Now", "value": "now"}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [("<@U0ADA> and <@U0GRACE>", "U0ADA"), ("<@W0ADA|ada>", "W0ADA"), ("ada", None), ("<#C0GENERAL>", None)],
)
def test_references_are_read(text: str, expected: str | None) -> None:
    assert reference_to_id(text) == expected
    assert channel_reference("C0GENERAL") == "<#C0GENERAL>"
