"""Secrets are planted, a run writes as much as it can, and everything it wrote is searched for them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from response import redaction
from response.logs import JsonFormatter, TextFormatter
from slackbot.testing.server import running_sandbox
from tests.processes import running_product
from tests.response.conftest import ROOT, Running, bare_environment

PLANTED = {
    "the bot token": "xoxb-planted-bot-token-4711",
    "the signing secret": "planted-signing-secret-4712",
    "SECRET_KEY": "planted-secret-key-4713-that-is-long-enough-for-every-check-of-ours",
    "the token for metrics": "planted-metrics-token-4714",
    "a password": "planted-password-4715",
    "a wrong password": "planted-wrong-password-4716",
    "a title": "planted-title-4717",
    "a summary": "planted-summary-4718",
}


def manage(environment: dict[str, str], *words: str) -> str:
    running = Running((sys.executable, "manage.py", *words), environment=environment, directory=ROOT)
    assert running.wait_for_end() == 0, running.output
    return running.output


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_run_at_debug_writes_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_format: str) -> None:
    monkeypatch.setenv("SANDBOX_BOT_TOKEN", PLANTED["the bot token"])
    monkeypatch.setenv("SANDBOX_SIGNING_SECRET", PLANTED["the signing secret"])
    given = {
        "SLACK_BOT_TOKEN": PLANTED["the bot token"],
        "SLACK_SIGNING_SECRET": PLANTED["the signing secret"],
        "SECRET_KEY": PLANTED["SECRET_KEY"],
        "METRICS_TOKEN": PLANTED["the token for metrics"],
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": log_format,
    }
    with (
        running_sandbox() as sandbox,
        running_product(api_url=sandbox.api_url, folder=tmp_path, database_url="", **given) as product,
    ):
        sandbox.control("app", url=f"{product.url}/slack/events")
        environment = bare_environment(
            **given, DATA_DIR=str(tmp_path), SLACK_API_URL=sandbox.api_url, SITE_URL=product.url
        )
        with_password = {**environment, "DJANGO_SUPERUSER_PASSWORD": PLANTED["a password"]}
        manage(with_password, "createsuperuser", "--no-input", "--username", "ada", "--email", "a@example.com")
        sessions = work(product.url)
        made = manage(environment, "api_token", "list")
        assert "A dashboard" in made
        for trigger in ("/incident", "@incident nonsense"):
            sandbox.act("message.send", "U0ADA", channel="C0GENERAL", text=f"{trigger} {PLANTED['a title']}")

    planted = {**PLANTED, **sessions}
    written = [path for path in tmp_path.rglob("*") if path.is_file() and "sqlite3" not in path.name]
    assert "up.log" in {path.name for path in written}
    found = [f"{what} in {path.name}" for path in written for what, secret in planted.items() if hides(path, secret)]
    assert found == []


def page_of_an_error(login: str) -> str:
    try:
        raise ValueError(f"Could not do it: {len(login)}")
    except ValueError:
        return str(ExceptionReporter(RequestFactory().get("/"), *sys.exc_info()).get_traceback_html())


def hides(path: Path, secret: str) -> bool:
    return secret in path.read_text(encoding="utf-8", errors="replace")


def work(url: str) -> dict[str, str]:
    """Sign in, make a token, declare a private incident by it; return the secrets that came up."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=20) as browser:
        for password in (PLANTED["a wrong password"], PLANTED["a password"]):
            form = browser.get("/login/").text
            csrf = {"csrfmiddlewaretoken": re.findall(r'csrfmiddlewaretoken" value="(\w+)"', form)[0]}
            browser.post("/login/", data={**csrf, "username": "ada", "password": password})
        page = browser.get("/tokens/").text
        csrf = {"csrfmiddlewaretoken": re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)[0]}
        page = browser.post("/tokens/", data={**csrf, "name": "A dashboard", "scope": "write"}).text
        token = re.findall(r"response_[\w-]{40,}", page)[0]
        session = browser.cookies["response_session"]
        private = {"title": PLANTED["a title"], "summary": PLANTED["a summary"], "private": True}
        sent = httpx.post(f"{url}/api/v1/incidents", json=private, headers={"Authorization": f"Bearer {token}"})
        assert sent.status_code in (200, 201), sent.text
        assert browser.get("/incidents/1/").status_code == 200
        httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {PLANTED['the token for metrics']}"})
    return {"an API token": token, "a session": session, "a form's token": csrf["csrfmiddlewaretoken"]}


@pytest.fixture
def real_secrets(settings: Settings) -> Iterator[None]:
    settings.SANDBOX = False
    settings.SLACK_BOT_TOKEN = PLANTED["the bot token"]
    settings.SLACK_SIGNING_SECRET = PLANTED["the signing secret"]
    settings.DATABASE_URL = "postgresql://me:planted%40database@db.example.com/response"
    redaction._secrets.cache_clear()
    yield
    redaction._secrets.cache_clear()


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
@pytest.mark.parametrize(
    "secret",
    [
        PLANTED["the bot token"],
        PLANTED["the signing secret"],
        "planted%40database",
        "xapp-1-A0-4711-abcdef",
        "response_" + "a1-_" * 10,
        "redis://:planted-redis@10.0.0.1:6379",
        "Authorization: Bearer planted.bearer.token",
        "response_session=plantedsessioncookie",
    ],
)
def test_a_line_leaves_out_what_is_secret(real_secrets: None, formatter: logging.Formatter, secret: str) -> None:
    try:
        raise ValueError(f"It failed with {secret}")
    except ValueError:
        made = {"msg": f"Sent {secret} off", "exc_info": sys.exc_info(), "more": {"header": [secret]}}
        line = formatter.format(logging.makeLogRecord(made))

    assert line.count("[hidden]") >= 3
    assert secret not in line


def test_an_error_page_shows_no_secret(real_secrets: None, settings: Settings) -> None:
    settings.DEBUG = True

    page = page_of_an_error(settings.DATABASE_URL)

    assert "Could not do it" in page
    assert [secret for secret in (*PLANTED.values(), "planted%40database", "db.example.com") if secret in page] == []
