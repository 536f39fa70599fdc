"""Any error code on any call at any time leaves, once it stops, the same end state."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any, Final

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Severity
from slackbot.api.error_codes import Meaning, meaning_of
from slackbot.models import OutboxEntry
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved

METHODS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "sandbox/reference/methods.json").read_text()
)
CALLED: Final = (
    "chat.postMessage chat.update conversations.create conversations.invite conversations.setTopic bookmarks.add "
    "conversations.open conversations.history conversations.replies conversations.info conversations.members "
    "conversations.join conversations.list bookmarks.list users.info"
)
EVERYWHERE: Final = (
    "team_added_to_org org_login_required invalid_auth missing_scope ekm_access_denied internal_error fatal_error "
    "service_unavailable ratelimited no_permission a_code_of_tomorrow"
)
SEEDS: Final = (2, 7, 14)


def _codes(method: str) -> list[str]:
    """Return what Slack may answer, but for rejected content. A name that is taken has to be another one."""
    codes = sorted({*METHODS[method]["errors"], *EVERYWHERE.split()} - {"name_taken"})
    return [code for code in codes if meaning_of(code, method=method) is not Meaning.FINAL]


def _faults(dice: random.Random) -> list[dict[str, Any]]:
    """Each method answers some codes of its own, the one after the other, and perhaps one without end."""
    rules = []
    for method in CALLED.split():
        for code in dice.sample(_codes(method), 3):
            times = {"times": dice.randint(1, 4)} if dice.random() < 0.8 else {}
            rules.append({"method": method, "fault": f"error:{code}", "skip": dice.randint(0, 2), **times})
    return rules


def _live_through(workspace: Workspace, ada: Actor, grace: Actor, dice: random.Random | None) -> Incident:
    """Declare, lead, update, rename and resolve an incident, while Slack answers as it likes."""

    def goes_on(**length: float) -> None:
        if dice is not None:
            workspace.sandbox.control("faults", rules=_faults(dice))
        workspace.settle()
        workspace.after(**length)

    incident = services.declare_incident(title="Checkout returns 500s", reporter=ada.person, at=timezone.now())
    goes_on(seconds=20)
    services.assign_lead(incident, to=grace.person, by=ada.person, at=timezone.now())
    goes_on(seconds=20)
    services.set_severity(incident, to=Severity.objects.order_by("rank")[0], by=ada.person, at=timezone.now())
    services.post_update(incident, text="Half of it works", by=grace.person, at=timezone.now())
    goes_on(seconds=20)
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    goes_on(seconds=90)
    services.post_update(incident, text="All of it works", by=grace.person, at=timezone.now())
    services.resolve_incident(incident, by=grace.person, at=timezone.now())
    goes_on(minutes=20)
    workspace.sandbox.control("faults", clear=True)
    workspace.after(minutes=11)
    return incident


def _end_state(workspace: Workspace, incident: Incident, *people: Actor) -> dict[str, Any]:
    """Return what people see, whatever the incident's number is and the time was."""
    headline, channel = workspace.headline(incident), workspace.channel(incident)
    elsewhere = workspace.channel("#incidents").messages()
    number = f"INC-{incident.number}"
    seen = {
        "headline": headline.text,
        "headlines": sum(number in message.text and "thread_ts" not in message.raw for message in elsewhere),
        "updates": sorted(each.text for each in elsewhere if each.raw.get("thread_ts") == headline.ts != each.ts),
        "is_named": channel.name.startswith(f"inc-{incident.number}-"),  # by the title at that time
        "topic": channel.topic,
        "members": sorted(channel.members),
        "bookmarks": channel.bookmarks,
        # Slack's own notices of topics aside, and line by line: what waits may be posted together.
        "messages": sorted(
            {
                line
                for each in channel.messages()
                if "subtype" not in each.raw
                for line in ("welcome" if "What to do next" in each.text else each.text).splitlines()
            }
        ),
        # What is sent because somebody was not in the channel yet is another matter, and so are reports.
        "told": [
            sorted(
                text
                for text in person.direct_messages()
                if number in text and "⚠️" not in text and "made you" not in text
            )
            for person in people
        ],
    }
    own = re.compile(rf"inc(idents/|-){incident.number}\b|<!date[^>]*>|C0[0-9A-Z]{{9}}|p\d{{16}}", re.IGNORECASE)
    # Who is mentioned when they are in the channel is named while they are not.
    named = json.dumps(seen).replace("<@U0GRACE>", "Grace Hopper").replace("<@U0ADA>", "Ada Lovelace")
    masked: dict[str, Any] = json.loads(own.sub("…", named))
    masked["messages"] = sorted({line.lstrip("…•· ") for line in masked["messages"]})
    return masked


@pytest.mark.long
def test_any_error_code_leaves_the_same_end_state(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    undisturbed = _live_through(workspace, ada, grace, None)
    expected = _end_state(workspace, undisturbed, ada, grace)

    for seed in SEEDS:
        incident = _live_through(workspace, ada, grace, random.Random(seed))

        assert not OutboxEntry.objects.exclude(given_up_at=None).exists(), seed
        assert not OutboxEntry.objects.filter(is_open=True).exists(), seed
        for what, seen in _end_state(workspace, incident, ada, grace).items():
            assert seen == expected[what], (seed, what)
