"""Settings that are not safe start nothing, whichever program is started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from response.reach import PASSED_ON, is_loopback
from tests.response.conftest import ROOT, Load, bare_environment

KEY = "b7Zk-a-key-that-is-long-and-varied-enough-for-production-Q2x"
REAL = {
    "SLACK_BOT_TOKEN": "xoxb-1-real",
    "SLACK_SIGNING_SECRET": "real",
    "SECRET_KEY": KEY,
    "SITE_URL": "https://incidents.example.com",
}
DATABASE = "postgresql://me:planted-password@db.example.com:5432/response"
UNSAFE = {
    "an address for others": {"SITE_URL": "https://incidents.example.com"},
    "an address without https for others": {"SITE_URL": "http://192.168.0.7:8000"},
    "every address of the machine": {"BIND": "0.0.0.0"},
    "every address, IPv6": {"BIND": "::"},
    "one address of the machine": {"BIND": "192.168.0.7"},
    "a number that means this machine to some": {"BIND": "127.1"},
    "a host name": {"ALLOWED_HOSTS": "incidents.example.com"},
    "a name that only looks like this machine": {"ALLOWED_HOSTS": "localhost.example.com"},
    "any host name": {"ALLOWED_HOSTS": "localhost,*"},
    "a database elsewhere": {"DATABASE_URL": DATABASE},
    "everything but the token": {**REAL, "SLACK_BOT_TOKEN": "", "DATABASE_URL": DATABASE, "BIND": "0.0.0.0"},
    "an empty file's token": {"SITE_URL": "https://a.example", "SLACK_BOT_TOKEN_FILE": "/dev/null"},
    "debug for others": {**REAL, "DEBUG": "1"},
    "debug, and no key": {**REAL, "DEBUG": "1", "SECRET_KEY": ""},
    "a short key": {**REAL, "SECRET_KEY": "abc"},
    "a short key on this machine": {"SECRET_KEY": "abc"},
    "a long key without variety": {**REAL, "SECRET_KEY": "ab" * 40},
    "the key that everybody knows": {
        **REAL,
        "SECRET_KEY": "insecure-key-for-development-on-localhost-only-never-for-production",
    },
    "production without https": {**REAL, "SITE_URL": "http://incidents.example.com"},
    "production without https, here": {**REAL, "SITE_URL": "http://127.0.0.1:8000"},
    "an address without a scheme": {**REAL, "SITE_URL": "incidents.example.com"},
    "any host name in production": {**REAL, "ALLOWED_HOSTS": "*"},
    "a secret that everybody knows": {**REAL, "SLACK_SIGNING_SECRET": "sandbox-signing-secret"},
    "the token sent in the clear": {**REAL, "SLACK_API_URL": "http://slack.example.com/api/"},
    "a local Slack, for others": {**REAL, "SLACK_API_URL": "http://127.0.0.1:9/api/", "BIND": "0.0.0.0", "DEBUG": "1"},
    "a token for metrics that is easy to guess": {"METRICS_TOKEN": "abc"},
    "metrics with a token that nobody needs": {"METRICS": "public", "METRICS_TOKEN": KEY},
}
SAFE = {
    "nothing": {},
    "this machine by name": {"SITE_URL": "http://localhost:8000", "BIND": "localhost"},
    "this machine by IPv6": {"SITE_URL": "http://[::1]:8000", "BIND": "::1"},
    "a database here": {"DATABASE_URL": "postgresql://me@127.0.0.1:5432/response"},
    "debug here": {"DEBUG": "1"},
    "production": REAL,
    "production with all": {**REAL, "DATABASE_URL": DATABASE, "BIND": "0.0.0.0", "ALLOWED_HOSTS": "a.example"},
}
COMMANDS = {
    "web": ("-m", "gunicorn", "--config", "response/gunicorn_conf.py", "--bind", "127.0.0.1:0", "response.wsgi"),
    "web without our configuration": ("-m", "gunicorn", "--bind", "127.0.0.1:0", "response.wsgi"),
    "celery": ("-m", "celery", "--app", "response", "worker", "--pool", "solo"),
    "django": ("-m", "django", "migrate", "--settings", "response.settings"),
    **{
        words: ("manage.py", *words.split())
        for words in (
            "up",
            "worker",
            "work inbox",
            "migrate",
            "migrate --skip-checks",
            "demo",
            "check",
            "doctor",
            "switch",
            "api_token list",
            "shell -c pass",
            "createsuperuser --no-input",
        )
    },
}


def start(command: tuple[str, ...], tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    here = {"DATA_DIR": str(tmp_path / "data"), "REDIS_URL": "redis://127.0.0.1:9/0", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=bare_environment(**{**here, **environment}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_program_refuses_alike(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = start(command, tmp_path, {**REAL, "SECRET_KEY": "", "DEBUG": "1", "DATABASE_URL": DATABASE})

    said = ended.stdout + ended.stderr
    assert ended.returncode in (1, 3)
    assert "Response can't start with these settings:" in said
    assert "SECRET_KEY is not set, but other machines can reach Response." in said
    assert "DEBUG is enabled, but other machines can reach Response" in said
    assert "planted-password" not in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("environment", UNSAFE.values(), ids=UNSAFE)
def test_unsafe_settings_start_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    ended = start(("manage.py", "check"), tmp_path, environment)

    assert ended.returncode == 1
    assert "Response can't start with these settings:" in ended.stderr
    assert "planted-password" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("environment", SAFE.values(), ids=SAFE)
def test_safe_settings_start(environment: dict[str, str], tmp_path: Path) -> None:
    ended = start(("manage.py", "check"), tmp_path, environment)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_debug_pages_are_off_where_others_come(load: Load) -> None:
    assert load(**REAL, DEBUG="1")["DEBUG"] is False
    assert load(SITE_URL="https://incidents.example.com", DEBUG="1")["DEBUG"] is False
    assert load(DEBUG="1")["DEBUG"] is True


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LocalHost."]
)
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "*", "0.0.0.0", "::", "10.0.0.1", "127.1", "2130706433", "localhost.evil.example"]
)
def test_nothing_else_is_this_machine(host: str) -> None:
    assert not is_loopback(host)


# The sandbox's doors, should a request from elsewhere reach them all the same

DOORS = (
    ("get", "/"),
    ("get", "/login/"),
    ("post", "/login/as/1/"),
    ("get", "/operators/"),
    ("post", "/slack/events"),
    ("get", "/api/v1/me"),
    ("get", "/metrics"),
)


@pytest.mark.parametrize(("method", "address"), DOORS)
def test_the_sandbox_answers_nobody_elsewhere(method: str, address: str) -> None:
    for remote in ("192.168.0.7", "2001:db8::1", "", "unix:"):
        answer = getattr(Client(REMOTE_ADDR=remote), method)(address)
        assert (answer.status_code, b"accepts requests only from its own machine" in answer.content) == (403, True)
    for header in PASSED_ON:
        answer = getattr(Client(headers={header: "127.0.0.1"}), method)(address)
        assert answer.status_code == 403


def test_the_sandbox_answers_nobody_once_a_setting_lets_others_in(settings: Settings) -> None:
    settings.REACHED_BY = ["BIND is 0.0.0.0"]

    assert Client().post("/login/as/1/").status_code == 403


@pytest.mark.django_db
def test_a_real_workspace_is_reached_from_anywhere(settings: Settings) -> None:
    settings.SANDBOX = False

    assert Client(REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": "192.0.2.9"}).get("/login/").status_code == 200
