"""What a person can do in the client: every verb of PROTOCOL.md, by being imported here."""

from sandbox.client import channels, interaction, messages, reading
from sandbox.client.registry import VERBS, Act

__all__ = ["VERBS", "Act", "channels", "interaction", "messages", "reading"]
