"""Settings that must not start, each with the sentence that says why."""

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from response.checks import check_deployment
from tests.response.conftest import ROOT, Load, bare_environment

REAL = {
    "SLACK_BOT_TOKEN": "xoxb-1-real",
    "SLACK_SIGNING_SECRET": "real",
    "SECRET_KEY": "b7Zk-a-key-that-is-long-and-varied-enough-for-production-Q2x",
    "SITE_URL": "https://incidents.example.com",
}

LOCAL = {"SLACK_BOT_TOKEN": "t", "SLACK_SIGNING_SECRET": "s", "SLACK_API_URL": "http://127.0.0.1:9/api/"}


def complaints(load: Load, settings: Settings, **environment: str) -> set[str | None]:
    for name, value in load(**environment).items():
        if name.isupper() and name != "DATABASES":
            setattr(settings, name, value)
    found = check_deployment()
    assert all(message.hint for message in found)
    return {message.id for message in found}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        REAL,
        {**REAL, "ALLOWED_HOSTS": "incidents.example.com"},
        {**LOCAL, "DEBUG": "1"},
        {"SLACK_SIGNING_SECRET": "sandbox-signing-secret"},
    ],
)
def test_sound_settings_pass(load: Load, settings: Settings, environment: dict[str, str]) -> None:
    assert complaints(load, settings, **environment) == set()


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({**REAL, "SECRET_KEY": ""}, "response.E001"),
        ({"SITE_URL": "https://incidents.example.com"}, "response.E001"),
        ({**LOCAL, "SECRET_KEY": ""}, "response.W002"),
        ({**REAL, "DEBUG": "1"}, "response.E003"),
        ({**REAL, "SITE_URL": ""}, "response.E004"),
        ({**REAL, "SITE_URL": ""}, "response.E005"),
        ({**REAL, "SLACK_BOT_TOKEN": "xoxb-sandbox-token"}, "response.E010"),
        ({"SLACK_API_URL": "https://slack.com/api/"}, "response.E011"),
        ({"SLACK_SIGNING_SECRET": "real"}, "response.E012"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "response.E012"),
        ({**REAL, "SLACK_SIGNING_SECRET": ""}, "response.E013"),
        ({**REAL, "SLACK_APP_TOKEN": "xapp-1"}, "response.E014"),
        ({"COMMS_CHANNEL_NAME": "war-room"}, "response.E020"),
        ({"HEARTBEAT_URL": "heartbeat.example.com"}, "response.E040"),
    ],
)
def test_settings_that_must_not_start_are_named(
    load: Load, settings: Settings, environment: dict[str, str], complaint: str
) -> None:
    assert complaint in complaints(load, settings, **environment)


def test_wrong_fields_stop_the_start_and_are_named(tmp_path: Path) -> None:
    file = tmp_path / "fields.toml"
    file.write_text('[region]\nlabel = "Region"\nkind = "colour"\n')

    checked = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=bare_environment(INCIDENT_FIELDS=str(file), DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 1
    assert "has the unknown kind 'colour'. The kinds are: text, paragraph" in checked.stderr
    assert f"{file} [region]" in checked.stderr
    assert "HINT: See docs/configuration.md" in checked.stderr


def test_words_that_cannot_be_said_stop_the_start(tmp_path: Path) -> None:
    file = tmp_path / "texts.toml"
    file.write_text('[reminder]\nno_leed = "Who leads?"\n', encoding="utf-8")

    checked = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=bare_environment(RESPONSE_TEXTS=str(file), DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode != 0
    assert "'reminder.no_leed' isn't the key of a text. Did you mean 'reminder.no_lead'?" in checked.stderr
    assert "manage.py texts" in checked.stderr
