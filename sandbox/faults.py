"""Faults that tests and people switch on: slow, limited, failed or lost answers; duplicate, late or lost events."""

import random
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from sandbox.workspace import Json

# Slack waits so many seconds for any answer of the app.
PATIENCE = 3.0
KINDS = frozenset(
    {"ratelimited", "server_error", "server_error_after", "lost_answer", "lost_request", "hang", "slow", "garbage"}
)
RATE_MODES = ("off", "tiers", "all")


@dataclass(slots=True)
class Rule:
    fault: str
    method: str = "*"
    channel: str | None = None
    # Only calls with these values of arguments.
    args: Json | None = None
    retry_after: int = 1
    seconds: float = 30
    times: int | None = None
    skip: int = 0
    # By the workspace's clock; None while it is not told to end.
    until: float | None = None

    def takes(self, method: str, args: Json, *, now: float) -> bool:
        """Return whether this rule applies to the call, and count the call against `skip` and `times`."""
        if self.until is not None and now >= self.until:
            return False
        if not fnmatchcase(method, self.method) or (self.channel is not None and args.get("channel") != self.channel):
            return False
        if any(args.get(name) != value for name, value in (self.args or {}).items()):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


@dataclass(slots=True)
class DeliveryFaults:
    duplicate: int = 0
    drop: int = 0
    delay_ms: int = 0
    shuffle: bool = False

    def take_duplicate(self) -> bool:
        if self.duplicate:
            self.duplicate -= 1
            return True
        return False

    def take_drop(self) -> bool:
        if self.drop:
            self.drop -= 1
            return True
        return False


@dataclass(slots=True)
class Faults:
    latency_ms: int = 0
    jitter_ms: int = 0
    down: bool = False
    token_revoked: bool = False
    enforce_rates: str = "tiers"
    patience: float = PATIENCE
    rules: list[Rule] = field(default_factory=list)
    deliveries: DeliveryFaults = field(default_factory=DeliveryFaults)
    # Seeded, so that a test can be repeated.
    dice: random.Random = field(default_factory=lambda: random.Random(7), repr=False)  # noqa: S311

    def delay(self) -> float:
        """Return how many seconds the next answer is held back."""
        jitter = self.dice.uniform(0, self.jitter_ms) if self.jitter_ms else 0
        return (self.latency_ms + jitter) / 1000

    def rule_for(self, method: str, args: Json, *, now: float) -> Rule | None:
        return next((rule for rule in self.rules if rule.takes(method, args, now=now)), None)

    def shape(self) -> Json:
        return {
            "latency_ms": self.latency_ms,
            "jitter_ms": self.jitter_ms,
            "down": self.down,
            "token_revoked": self.token_revoked,
            "enforce_rates": self.enforce_rates,
            "patience": self.patience,
            "rules": [{one.name: getattr(rule, one.name) for one in fields(rule)} for rule in self.rules],
            "deliveries": {one.name: getattr(self.deliveries, one.name) for one in fields(self.deliveries)},
        }


def changed_faults(now: Faults, change: Json, *, at: float) -> Faults:
    """Return the faults with these changes, made `at` this time of the workspace's clock.

    Raises `ValueError` with a sentence when they make no sense.
    """
    new = Faults() if change.get("clear") else now
    simple = {
        "latency_ms": int,
        "jitter_ms": int,
        "down": bool,
        "token_revoked": bool,
        "enforce_rates": str,
        "patience": float,
    }
    known = {*simple, "rules", "deliveries", "clear"}
    if unknown := set(change) - known:
        raise ValueError(f"Unknown fault settings: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(known))}.")
    if change.get("enforce_rates", "off") not in RATE_MODES:
        raise ValueError(f"enforce_rates is one of {', '.join(RATE_MODES)}.")
    for name, kind in simple.items():
        if name in change:
            setattr(new, name, kind(change[name]))
    if "rules" in change:
        new.rules = [_rule(raw, at) for raw in change["rules"]]
    if "deliveries" in change:
        known_here = {one.name for one in fields(DeliveryFaults)}
        if unknown := set(change["deliveries"]) - known_here:
            raise ValueError(f"Unknown in deliveries: {', '.join(sorted(unknown))}.")
        for name, value in change["deliveries"].items():
            setattr(new.deliveries, name, bool(value) if name == "shuffle" else int(value))
    return new


def _rule(given: dict[str, Any], at: float) -> Rule:
    raw = {**given, "until": at + float(given["lasts"])} if "lasts" in given else {**given}
    raw.pop("lasts", None)
    known = {one.name for one in fields(Rule)}
    if unknown := set(raw) - known:
        raise ValueError(f"Unknown in a rule: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(known))}.")
    fault = raw.get("fault", "")
    if fault not in KINDS and not fault.startswith("error:"):
        raise ValueError(f"Unknown fault {fault!r}. Known: {', '.join(sorted(KINDS))}, error:<code>.")
    return Rule(**raw)
