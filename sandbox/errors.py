"""Refusals.

SandboxError
├── SlackError      what the Web API answers: an error code of Slack's, perhaps with messages
├── ClientError     what a person reads in the client: a sentence
└── CannotStart     what whoever starts the program reads: a sentence
"""

from typing import Any


class SandboxError(Exception):
    """Something was refused."""


class SlackError(SandboxError):
    """The Web API answers `{"ok": false, "error": code}` with these extras."""

    def __init__(self, code: str, *messages: str, **extras: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.extras = extras


class CannotStart(SandboxError):
    """The program ends with this sentence."""


class ClientError(SandboxError):
    """The client shows this sentence."""

    def __init__(self, sentence: str, **extras: Any) -> None:
        super().__init__(sentence)
        self.extras = extras
