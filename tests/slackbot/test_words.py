"""What is said in Slack can be said otherwise, by settings or by a plugin; what cannot be said stops the start."""

from __future__ import annotations

import io
import tomllib
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from incidents import services
from incidents.models import Pin, Severity
from slackbot.kit import words
from slackbot.kit.registry import RegistrationError
from slackbot.plugins import Mrkdwn, sentence, texts
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

HOUSE: dict[str, Any] = {
    "channel": {"name": "fire-{number}"},
    "emoji": {"timeline": ":brain:", "status": {"investigating": "🔥"}, "severity": {"major": "🟧"}},
    "headline": {"lines": ["summary", "lead", "links"], "lead": "*Commander*\n{lead}"},
    "welcome": {"introduction": "{title} & more, told by {reporter}", "step_resolve": "Call the duty manager: 2222"},
    "button": {"resolve": "🏁 It is over"},
    "form": {"title": "What burns?"},
}


def test_a_deployment_says_it_its_own_way(workspace: Workspace, settings: Settings, ada: Actor) -> None:
    settings.RESPONSE_TEXTS = HOUSE
    words.dress_severities()
    ada.says("/incident")
    assert ada.dialog["blocks"][0]["label"]["text"] == "What burns?"
    ada.submits({"title": "Checkout <!channel> {title}", "summary": "Slow", "severity": "major"})

    channel = workspace.channel("#fire-1")
    headline = next(message for message in workspace.channel("#incidents").messages() if message.buttons)
    assert headline.text.startswith("🔥 INC-1")
    assert headline.text.index("*Summary*") < headline.text.index("*Commander*") < headline.text.index("document")
    assert "*Severity*" not in headline.text
    assert "🏁 It is over" in headline.buttons
    assert "🟧 Major" in channel.topic
    assert channel.shows(f"Checkout &lt;!channel&gt; {{title}} & more, told by {ada}")
    assert channel.shows("Call the duty manager: 2222")

    said = ada.says("The cache is cold", in_=channel)
    ada.does("reaction.add", channel=channel.id, ts=said.ts, name="brain")
    ada.says("@incident severity 🟧", in_=channel)
    assert "already Major" in ada.told(in_=channel)
    assert Pin.objects.get().text == "The cache is cold"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"reminder": {"no_leed": "x"}}, "Did you mean 'reminder.no_lead'?"),
        ({"reminder": {"no_lead": "Hello {name}"}}, "the allowed placeholders are: none"),
        ({"reminder": {"still_open": "{length.days}"}}, "can't be read"),
        ({"reminder": {"still_open": "Open {"}}, "can't be read"),
        ({"reminder": {"still_open": 7}}, "must be a text"),
        ({"reminder": {"still_open": "  "}}, "is empty"),
        ({"channel": {"name": "war-room"}}, "must contain {number}"),
        ({"headline": {"lines": ["status", "moon"]}}, "no line 'moon'"),
        ({"button": {"close": "x"}}, "'button.close' isn't the key of a text."),
        ({"welcome": {"step_close": "x"}}, "'welcome.step_close' isn't the key of a text."),
        ({"button": {"resolve": "x" * 80}}, "Slack accepts at most 75"),
        ({"emoji": {"severity": {"major": 7}}}, "must be a text"),
    ],
)
def test_what_cannot_be_said_is_named_with_a_way_out(settings: Settings, said: dict[str, Any], complaint: str) -> None:
    settings.RESPONSE_TEXTS = said

    found = words.check_deployment()

    assert len(found) == 1
    assert complaint in found[0].msg
    assert "manage.py texts" in str(found[0].hint)


def test_the_channel_name_of_the_environment_is_checked_too(settings: Settings) -> None:
    settings.COMMS_CHANNEL_NAME = "inc-{number}-{team}"

    assert "{team}" in words.check_deployment()[0].msg


def test_the_printed_file_is_one_to_start_from(settings: Settings) -> None:
    printed = io.StringIO()
    call_command("texts", stdout=printed)
    settings.RESPONSE_TEXTS = tomllib.loads(printed.getvalue())

    assert words.check_deployment() == []
    assert {key: each.template for key, each in words.sentences.items() if key != "headline.lines"} == {
        key: each.default for key, each in words.sentences.items() if key != "headline.lines"
    }
    assert words.headline_order() is not None


def test_the_file_comes_before_a_plugin_and_a_plugin_before_the_default(settings: Settings) -> None:
    said = words.sentences["home.none"]
    texts({"home.none": "All quiet."})
    words.check_plugins()
    assert said() == "All quiet."

    settings.RESPONSE_TEXTS = {"home": {"none": "Go home."}}
    assert said() == "Go home."


@pytest.mark.parametrize("said", [{"home.nothing": "x"}, {"home.none": "{who}"}])
def test_a_plugins_mistake_stops_the_start_and_names_its_place(said: dict[str, str]) -> None:
    texts(said)

    with pytest.raises(RegistrationError, match=r"test_words\.py:\d+"):
        words.check_plugins()


def test_two_plugins_that_disagree_stop_the_start() -> None:
    texts({"home.none": "All quiet."})

    with pytest.raises(RegistrationError, match="changed twice"):
        texts({"home.none": "Nothing."})


def test_facts_are_escaped_unless_they_are_mrkdwn_already() -> None:
    said = sentence("test.greeting", "{who} says {what}")

    assert said(who=Mrkdwn("<@U1>"), what="<!channel>") == "<@U1> says &lt;!channel&gt;"
    assert said.plain(who="a & b", what="<c>") == "a & b says <c>"


def test_the_web_wears_the_same_emoji(workspace: Workspace, settings: Settings, ada: Actor) -> None:
    settings.RESPONSE_TEXTS = HOUSE
    words.dress_severities()
    major = Severity.objects.get(key="major")
    incident = services.declare_incident(title="A", reporter=ada.person, at=timezone.now(), severity=major)

    assert str(incident.severity.label if incident.severity else "") == "🟧 Major"


@pytest.mark.parametrize("title", ["a *b* c", "_x_ and ~y~", "Fix `rm -rf` now", "> no quote"])
def test_a_fact_is_shown_as_it_is(title: str) -> None:
    said = sentence("test.fact", "<{title}> in `{code}`")(title=title, code=title)

    shown, _, code = said.partition(" in ")
    for marks in ("*b*", "_x_", "~y~", "`"):
        assert marks not in shown
    assert code.count("`") == 2
