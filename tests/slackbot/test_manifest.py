"""The manifest asks for what we need, and for nothing more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from slackbot.manifest import SCOPES, manifest
from slackbot.testing import Actor, Workspace

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared" / "slack-reference"
METHODS: dict[str, Any] = json.loads((ROOT / "sandbox/reference/methods.json").read_text())
CALL = re.compile(r'"((?:auth|bookmarks|chat|conversations|pins|reactions|users|views)\.[a-zA-Z]+)"')


def _called_methods() -> set[str]:
    sources = [path for path in (ROOT / "slackbot").rglob("*.py") if "testing" not in path.parts]
    return {method for path in sources for method in CALL.findall(path.read_text()) if method in METHODS}


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
@pytest.mark.skipif(not REFERENCE.exists(), reason="Slack's schemas are not beside this checkout")
def test_it_is_valid_by_slacks_own_schema(version: str) -> None:
    schema = json.loads((REFERENCE / f"manifest.schema.{version}.json").read_text())

    jsonschema.validate(manifest(site_url="https://response.example.com"), schema)


def test_every_method_we_call_has_a_scope() -> None:
    assert len(_called_methods()) > 15
    for method in _called_methods():
        wanted = METHODS[method]["scopes"]
        assert not wanted or set(wanted) & set(SCOPES), method


def test_the_workspace_lets_us_do_everything_with_it(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    """The sandbox enforces scopes and delivers only subscribed events."""
    workspace.sandbox.http.post("/sandbox/manifest", json=manifest(site_url=workspace.app.url)).raise_for_status()
    ada.says("/incident Checkout returns 500s")
    ada.submits({"lead": grace})
    channel = workspace.channel("#inc-1-checkout-returns-500s")
    said = ada.says("@incident severity major", in_=channel)
    ada.pins(said, in_=channel)
    ada.does("reaction.add", channel=channel.id, ts=said.ts, name="pushpin")
    ada.does("home.open")
    ada.says("@incident resolve Done", in_=channel)

    assert len(grace.direct_messages()) == 1


def test_a_message_can_be_declared_and_kept_by_its_menu(workspace: Workspace, ada: Actor) -> None:
    workspace.sandbox.http.post("/sandbox/manifest", json=manifest(site_url=workspace.app.url)).raise_for_status()
    said = ada.says("Search is *down* for everybody", in_="#incidents")
    where = workspace.channel("#incidents").id
    ada.does("shortcut.run", callback_id="declare-from-message", channel=where, ts=said.ts)

    assert ada.dialog_values["title"] == "Search is down for everybody"
    ada.submits()
    channel = workspace.channel("#inc-1-search-is-down-for-everybody")
    noted = ada.says("It began at noon", in_=channel)
    ada.does("shortcut.run", callback_id="add-to-timeline", channel=channel.id, ts=noted.ts)
    assert "is on the timeline" in ada.told(in_=channel)
