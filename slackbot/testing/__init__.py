"""Test a plugin without Slack: people who say, click and submit, in a pretend workspace.

Add `pytest_plugins = ["slackbot.testing.fixtures"]` to your `conftest.py`, and write

    def test_runbook_is_found(workspace, incident, ada):
        ada.says("@incident runbook payments", in_=incident)

        assert "https://runbooks.example.com/payments" in ada.told(in_=incident)

Nothing is patched: requests are signed and travel over HTTP, to a sandbox that runs as a program of its own.
"""

from slackbot.testing.other_system import OtherSystem
from slackbot.testing.people import Actor, FormRefused
from slackbot.testing.workspace import Channel, Message, Play, PlayFailed, Workspace

__all__ = ["Actor", "Channel", "FormRefused", "Message", "OtherSystem", "Play", "PlayFailed", "Workspace"]
