from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, Workspace

PAYMENTS = {"service": "payments", "version": "1.2.3"}


@pytest.fixture(autouse=True)
def deployment_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_SECRET", "a-secret-of-the-deployment-system")


def test_open_incidents_are_told_once(workspace: Workspace, incident: Incident) -> None:
    assert workspace.receives("deploys", PAYMENTS) == 200
    assert workspace.receives("deploys", PAYMENTS, signed=False) == 401

    assert workspace.channel(incident).texts.count("🚀 Deployed: payments 1.2.3") == 1


def test_the_headline_shows_the_latest_deploy(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    assert "Latest deploy" not in workspace.headline(incident).text

    workspace.receives("deploys", PAYMENTS)
    assert "*Latest deploy*\npayments 1.2.3" in workspace.headline(incident).text

    ada.says("@incident resolve Done", in_=incident)
    workspace.receives("deploys", {"service": "search", "version": "7 <!channel>"})
    assert not workspace.channel(incident).shows("search")
