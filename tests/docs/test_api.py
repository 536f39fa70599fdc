"""docs/api.md: each command works as it stands there, and every call is listed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from people.services import add_person
from ui import tokens
from ui.models import ApiToken

PAGE = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^```console\n(.*?)^```\n(?:\n```json\n(.*?)^```)?", PAGE, flags=re.MULTILINE | re.DOTALL)


def holds(said: Any, promised: Any) -> bool:
    """Is all that the page promises in what was said?"""
    if isinstance(promised, dict) and isinstance(said, dict):
        return all(name in said and holds(said[name], value) for name, value in promised.items())
    return bool(said == promised)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_each_command_says_what_the_page_says(
    live_server: LiveServer, seeded_db: None, add_field: Callable[..., Any]
) -> None:
    cache.clear()
    add_field(
        "affected_region",
        "Affected region",
        "choice",
        options={"eu": "Europe", "us": "United States", "apac": "Asia and Pacific"},
    )
    add_field("regulator_informed", "Regulator informed?", "yes_no")
    for name in ("Ada Lovelace", "Grace Hopper"):
        email = f"{name.split()[0].lower()}@example.com"
        person = add_person(name=name, email=email, time_zone="UTC", is_active=True, is_bot=False)
    token = tokens.make_token(person, name="Grafana", scope=ApiToken.Scope.WRITE, at=timezone.now())
    environment = {**os.environ, "RESPONSE": live_server.url, "TOKEN": token, "no_proxy": "*"}

    assert len(STEPS) > 7
    for command, promised in STEPS:
        said = subprocess.run(
            ["sh", "-c", command], env=environment, capture_output=True, text=True, check=True, timeout=20
        ).stdout
        assert holds(json.loads(said), json.loads(promised)), (command, said)


def test_every_call_is_listed(db: None) -> None:
    listed = set(re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`]*)`", PAGE))
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    calls = {(method.upper(), path.removeprefix("/api/v1")) for path, methods in paths.items() for method in methods}

    assert listed == calls
