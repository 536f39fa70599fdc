"""Whatever people do, in whatever order: headline and topic show the present state, the topic a while later."""

from __future__ import annotations

from itertools import pairwise

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents import queries, services
from incidents.models import Incident, Status
from slackbot.models import SlackUser
from slackbot.rendering.render import document_url
from slackbot.testing import Actor, Workspace
from tests.hurry import PROFILE

EMOJI = {
    Status.INVESTIGATING: "🚨",
    Status.IDENTIFIED: "🔎",
    Status.MONITORING: "👀",
    Status.RESOLVED: "✅",
    Status.CANCELED: "🚫",
    Status.MERGED: "🔀",
}
SAID = st.sampled_from(
    [
        "merge INC-{other}",
        "cancel",
        "resolve",
        "resolve It helped",
        "reopen",
        "status monitoring",
        "status identified",
        "severity major",
        "severity minor",
        "lead @grace",
        "lead me",
        "title Payments are *slow*",
        "title Search",
        "summary The last deploy",
        "impact Everybody",
        "update Nearly there",
        "private on",
        "private off",
    ]
)
COURSES = st.lists(SAID, min_size=6, max_size=12)


@settings(
    PROFILE,
    max_examples=PROFILE.max_examples // 16,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(course=COURSES)
def test_headline_and_topic_show_the_present_state(
    workspace: Workspace, ada: Actor, grace: Actor, course: list[str]
) -> None:
    incident, other = (
        services.declare_incident(title="Checkout returns 500s", reporter=ada.person, at=timezone.now())
        for _ in range(2)
    )
    workspace.after(minutes=1)  # Slack takes twenty topics a minute

    for words in course:
        ada.says(f"@incident {words.format(other=other.number)}", in_=incident)

        now = queries.incidents(queries.SYSTEM).get(pk=incident.pk)
        assert_shown_in_headline(workspace, now)
    workspace.after(minutes=21)  # what may wait is in the topic then
    assert_shown_in_topic(workspace, queries.incidents(queries.SYSTEM).get(pk=incident.pk))


def assert_shown_in_headline(workspace: Workspace, now: Incident) -> None:
    shown = workspace.headline(now)
    if now.private:
        assert shown.text == f"🔒 {now.reference} is private. Its participants can find it in its channel."
        assert shown.buttons == []
        return
    lines = shown.text.split("\n")
    assert lines[0] == f"{EMOJI[Status(now.status)]} {now.reference}  {now.title}"
    said = {line.strip("*").split("*")[0]: after for line, after in pairwise(lines)}
    assert said["Status"] == (_where(now) if now.merged_into else Status(now.status).label)
    assert said["Severity"].endswith(now.severity.name if now.severity else "_not set_")
    assert said["Lead"] == (_mention(now) if now.lead else "_not set_")
    assert said.get("Summary", "") == now.summary
    assert said.get("Impact", "") == now.impact
    update = queries.latest_update(now)
    shown_update = {name: said[name] for name in ("Update", "Final update") if name in said}
    assert shown_update == ({"Update" if now.is_open else "Final update": update.text} if update else {})
    ended = ("resolved", "canceled", "merged")
    assert [word for word in ended if f"   {word} <!date" in shown.text] == ([] if now.is_open else [now.status])
    buttons = " ".join(shown.buttons)
    assert ("Resolve" in buttons, "Reopen" in buttons) == (now.is_open, not now.is_open)


def assert_shown_in_topic(workspace: Workspace, now: Incident) -> None:
    status, severity, lead, document, title = workspace.channel(now).topic.split(" · ")
    into = f" into {now.merged_into.reference}" if now.merged_into else ""
    assert status == f"{EMOJI[Status(now.status)]} {Status(now.status).label}{into}"
    assert severity.endswith(now.severity.name if now.severity else "severity not set")
    assert lead == (f"lead {_mention(now)}" if now.lead else "no lead")
    assert document.endswith(f"/incidents/{now.number}/")
    assert title == now.title


def _mention(now: Incident) -> str:
    return f"<@{SlackUser.objects.get(person=now.lead).user_id}>"


def _where(now: Incident) -> str:
    assert now.merged_into is not None
    return f"🔀 Merged into <{document_url(now.merged_into)}|{now.merged_into.reference}>"
