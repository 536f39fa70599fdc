"""What a plugin needs from its deployment is checked at the start, and its secrets stay secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from pytest_django import Settings

from incidents.models import Incident
from response.logs import JsonFormatter, TextFormatter
from slackbot.kit.declarations import RegistrationError
from slackbot.kit.plugin_settings import MissingSetting, check_settings
from slackbot.models import InboxEntry
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    IncidentError,
    action_handler,
    headline_action,
    incident_command,
    secret,
    setting,
    setting_list,
)
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

PLANTED: Final = "pl@nted secret/zq4711xj"


@pytest.fixture(autouse=True)
def _no_secrets_before(settings: Settings) -> None:
    settings.PLUGIN_SECRETS = set()


def complaints() -> list[str]:
    return [message.msg for message in check_settings()]


def test_what_is_required_and_missing_is_refused_with_its_help(monkeypatch: pytest.MonkeyPatch) -> None:
    setting("ACME_URL", help="The address of Acme.")
    setting_list("ACME_PEOPLE", help="Who is called.")
    secret("ACME_TOKEN", help="Acme's token.")
    monkeypatch.setenv("ACME_URL", "  ")

    assert complaints() == [
        "ACME_URL is not set: The address of Acme.",
        "ACME_PEOPLE is not set: Who is called.",
        "ACME_TOKEN is not set: Acme's token.",
    ]


def test_what_has_a_default_may_be_missing() -> None:
    url = setting("ACME_URL", help="", default="https://acme.example.com")
    people = setting_list("ACME_PEOPLE", help="", default=[])
    token = secret("ACME_TOKEN", help="", default="")

    assert complaints() == []
    assert (url.value, people.value, token.value) == ("https://acme.example.com", [], "")


@pytest.mark.parametrize("text", ["", ",", " , ,"])
def test_a_list_has_no_empty_element(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    people = setting_list("ACME_PEOPLE", help="", default=["grace@example.com"])
    monkeypatch.setenv("ACME_PEOPLE", text)

    assert "" not in people.value


def test_a_value_that_cannot_be_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    setting("ACME_URL", help="", complain=lambda value: None if "://" in value else "must be an address")
    secret("ACME_TOKEN", help="")
    secret("ACME_OTHER", help="")
    monkeypatch.setenv("ACME_URL", "acme")
    monkeypatch.setenv("ACME_TOKEN", "hunter2")
    monkeypatch.setenv("ACME_OTHER_FILE", str(tmp_path / "nothing"))

    assert complaints() == [
        "ACME_URL must be an address.",
        "ACME_TOKEN is a secret, so it needs at least 8 characters.",
        f"ACME_OTHER_FILE is {tmp_path}/nothing, which Response can't read (No such file or directory).",
    ]


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = secret("ACME_TOKEN", help="")
    (tmp_path / "token").write_text(f"{PLANTED}\n", encoding="utf-8")
    monkeypatch.setenv("ACME_TOKEN_FILE", str(tmp_path / "token"))

    assert token.value == PLANTED
    assert PLANTED not in repr(token)


def test_one_that_is_missing_later_is_a_mistake_with_its_name() -> None:
    with pytest.raises(MissingSetting, match="ACME_URL is not set"):
        _ = setting("ACME_URL", help="").value


def declare_twice() -> None:
    setting("ACME", help="")
    secret("ACME", help="")


@pytest.mark.parametrize(
    "declare",
    [
        lambda: setting("acme url", help=""),
        lambda: setting(None, help=""),  # type: ignore[arg-type]
        lambda: setting("ACME", help=None),  # type: ignore[arg-type]
        lambda: setting("ACME", help="", default=3),  # type: ignore[arg-type]
        lambda: setting("ACME", help="", complain="no"),  # type: ignore[arg-type]
        lambda: setting_list("ACME", help="", default="a,b"),
        lambda: setting_list("ACME", help="", default=[None]),  # type: ignore[list-item]
        lambda: secret("ACME", help="", default=3),  # type: ignore[arg-type]
        lambda: declare_twice(),
    ],
)
def test_a_wrong_declaration_stops_the_start(declare: Callable[[], object]) -> None:
    with pytest.raises(RegistrationError, match=r"test_plugin_settings\.py:\d+"):
        declare()


@pytest.mark.parametrize("how", ["refuses", "fails"])
def test_a_secret_is_in_no_answer_no_stored_error_and_no_log(
    workspace: Workspace, ada: Actor, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, how: str
) -> None:
    token = secret("ACME_TOKEN", help="")
    monkeypatch.setenv("ACME_TOKEN", PLANTED)

    def fail() -> None:
        raise (IncidentError if how == "refuses" else ValueError)(f"403 for https://acme/?token={token.value}")

    @incident_command("acme", help="")
    def command(ctx: CommandContext) -> None:
        fail()

    @headline_action(order=1)
    def button(incident: Incident) -> Button:
        return Button(text="Acme", action_id="acme")

    @action_handler("acme", background=True)
    def action(ctx: ActionContext) -> None:
        fail()

    incident: Incident = request.getfixturevalue("incident")
    ada.says("@incident acme", in_=incident)
    ada.clicks("Acme")
    workspace.after(minutes=2)

    told = [ada.told(in_=incident), ada.told(in_="#incidents")]
    assert all("https://acme/?token=[hidden]" in each for each in told), told
    stored = str(list(InboxEntry.objects.values_list("error", "payload", "answer")))
    assert PLANTED not in stored
    assert "zq4711xj" not in stored


@pytest.mark.parametrize("formatter", [TextFormatter, JsonFormatter])
def test_a_secret_is_hidden_in_a_log_line(
    monkeypatch: pytest.MonkeyPatch, formatter: Callable[[], logging.Formatter]
) -> None:
    token = secret("ACME_TOKEN", help="")
    monkeypatch.setenv("ACME_TOKEN", PLANTED)
    try:
        raise ValueError(token.value)
    except ValueError:
        trouble: Any = sys.exc_info()
    record = logging.LogRecord("acme", logging.ERROR, __file__, 1, "Asked with %s", (token.value,), trouble)

    assert "zq4711xj" not in formatter().format(record)
