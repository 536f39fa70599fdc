"""Say at the end of a run what of the sandbox was held against Slack's reference, however many processes ran it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from sandbox.arguments import METHODS

# What the tests saw: methods that answered well, arguments given, error codes answered; each with its method.
SEEN: Final[dict[str, set[str]]] = {"methods": set(), "arguments": set(), "error codes": set()}
_KEY: Final = "sandbox_seen"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this worker saw."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = {kind: sorted(names) for kind, names in SEEN.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for kind, names in getattr(node, "workeroutput", {}).get(_KEY, {}).items():
        SEEN[kind].update(names)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not any(SEEN.values()):
        return
    known = {
        "methods": len(METHODS),
        "arguments": sum(len(method.args) for method in METHODS.values()),
        "error codes": sum(len(method.errors) for method in METHODS.values()),
    }
    counts = ", ".join(f"{len(names)} {kind} (of {known[kind]} published)" for kind, names in SEEN.items())
    terminalreporter.write_line(f"sandbox: answers held against Slack's reference: {counts}")
