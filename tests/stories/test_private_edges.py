"""Private means private, at the edges: who comes along, who comes back, and what was on its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import transaction
from django.utils import timezone

from incidents import access, queries, redaction, services
from incidents.models import EntryKind, Incident, Link
from people.models import Person
from slackbot.kit.effects import Post
from slackbot.models import CommsChannel, OutboxEntry, SlackUser
from slackbot.operators import auditor
from slackbot.outbound import privacy
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.elsewhere import say_elsewhere
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.outbound.deliveries.roster import RosterKind
from slackbot.testing import Actor, Workspace

# Many of them move the clock, or step between what a worker does.
pytestmark = pytest.mark.in_this_process

WHISPERS: Final = ("chat.postEphemeral", "response_url")


@pytest.fixture
def somebody(workspace: Workspace) -> Callable[..., Actor]:
    """Return a function that brings somebody new into the workspace."""

    def come(name: str, **more: Any) -> Actor:
        made = workspace.sandbox.control("people", name=name, real_name=name.title(), **more)
        workspace.settle()
        return Actor(workspace, made["user"]["id"])

    return come


@pytest.fixture
def guest(somebody: Callable[..., Actor]) -> Actor:
    return somebody("visitor", is_restricted=True)


@pytest.fixture
def foreigner(somebody: Callable[..., Actor]) -> Actor:
    return somebody("partner", team_id="T0PARTNER", is_stranger=True)


def _sees(actor: Actor, incident: Incident) -> bool:
    return queries.incidents(actor.person).filter(pk=incident.pk).exists()


def _refuse_private_channels(workspace: Workspace) -> None:
    rule = {"method": "conversations.create", "fault": "error:restricted_action"}
    workspace.sandbox.control("faults", rules=[rule])


# Who comes along ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["removed", "removed while it was public", "left out"])
def test_who_lost_access_does_not_come_back_with_private_on(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, way: str
) -> None:
    grace.joins(incident)
    ada.says(f"@incident private on {'@linus' if way == 'left out' else '@grace'}", in_=incident)
    private = workspace.channel(incident)
    if way == "removed":
        ada.does("channel.kick", channel=private.id, member=grace.id)
    ada.says("@incident private off", in_=private)
    if way == "removed while it was public":
        ada.does("channel.kick", channel=private.id, member=grace.id)

    ada.says("@incident private on", in_=private)

    assert not _sees(grace, incident)


def test_who_comes_back_takes_part_again(incident: Incident, workspace: Workspace, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    grace.does("channel.leave", channel=workspace.channel(incident).id)
    grace.joins(incident)

    ada.says("@incident private on", in_=incident)

    assert _sees(grace, incident)


def test_who_left_while_the_form_was_open_does_not_come_along(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    grace.joins(incident)
    ada.says("@incident private", in_=incident)
    ada.clicks("make-private", in_=incident)
    grace.does("channel.leave", channel=workspace.channel(incident).id)

    ada.submits({})

    assert _sees(ada, incident)
    assert not _sees(grace, incident)


def test_an_uninvited_stranger_in_the_public_channel_does_not_come_along(
    incident: Incident, workspace: Workspace, ada: Actor, foreigner: Actor
) -> None:
    foreigner.joins(incident)
    assert not _sees(foreigner, incident)

    ada.says("@incident private on", in_=incident)

    assert not _sees(foreigner, incident)
    assert not incident.participants.filter(person=foreigner.person).exists()
    assert foreigner.id not in workspace.channel(incident).members


def test_a_guest_whose_invitation_ended_does_not_come_along(
    incident: Incident, workspace: Workspace, ada: Actor, guest: Actor
) -> None:
    ada.says(f"@incident invite {guest}", in_=incident)
    guest.says("@incident timeline I looked", in_=incident)
    ada.does("channel.kick", channel=workspace.channel(incident).id, member=guest.id)
    assert not _sees(guest, incident)

    ada.says("@incident private on", in_=incident)

    assert not _sees(guest, incident)


def test_who_looks_into_the_public_channel_of_a_private_incident_does_not_come_in_later(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    _refuse_private_channels(workspace)
    old = workspace.channel(incident)
    ada.says("@incident private on", in_=incident)

    linus.joins(old.id)

    assert not _sees(linus, incident)
    assert not incident.participants.filter(person=linus.person).exists()


def test_everybody_who_took_part_stays_in_even_when_the_form_has_no_room_for_them(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    people = [Person.objects.create(name=f"Person {number:03}") for number in range(121)]
    for number, person in enumerate(people):
        if number:  # one has no account in Slack
            SlackUser.objects.create(user_id=f"U0MANY{number}", person=person, handle=f"many{number}")
        services.record_participation(incident, person=person, at=timezone.now(), messages=1)
    ada.says("@incident private", in_=incident)
    ada.clicks("make-private", in_=incident)
    assert "22 more participants don't fit" in str(ada.dialog)

    ada.submits({})

    assert [person for person in people if not queries.incidents(person).filter(pk=incident.pk).exists()] == []


def test_bots_are_not_invited(incident: Incident, workspace: Workspace, ada: Actor) -> None:
    ada.says(f"@incident private on <@{workspace.BOT}>", in_=incident)

    incident.refresh_from_db()
    assert not incident.private
    assert not incident.members.exists()
    assert "is a bot and can't be invited" in ada.told(in_=incident)


# Who may bring whom ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inviter", ["foreigner", "grace"])
def test_only_who_may_change_the_incident_can_bring_a_guest(
    request: pytest.FixtureRequest,
    incident: Incident,
    workspace: Workspace,
    somebody: Callable[..., Actor],
    inviter: str,
) -> None:
    second = somebody("second", team_id="T0PARTNER", is_stranger=True)
    host: Actor = request.getfixturevalue(inviter)
    host.joins(incident)

    host.does("channel.invite", channel=workspace.channel(incident).id, users=[second.id])

    assert _sees(second, incident) is (inviter == "grace")


# Who left without a word ----------------------------------------------------------------------------------------------


def test_an_old_list_of_members_does_not_bring_back_who_left_meanwhile(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    private = workspace.channel(incident)
    privacy.read_roster(incident, now=timezone.now())
    row = OutboxEntry.objects.select_related("incident").get(kind=privacy.ROSTER, incident=incident)
    kind = RosterKind()
    call = kind.prepare(row, timezone.now())
    assert call is not None
    answer = {"ok": True, "members": private.members}  # Slack answers now …
    ada.does("channel.kick", channel=private.id, member=grace.id)  # … and its event overtakes the answer
    assert not _sees(grace, incident)

    with transaction.atomic():
        assert not kind.sent(row, call, answer, timezone.now())
    workspace.settle()

    assert not _sees(grace, incident)
    assert _sees(ada, incident)


def _loses_events(workspace: Workspace, lose: Callable[[], object]) -> None:
    workspace.sandbox.control("app", url="http://127.0.0.1:9/slack/events")
    lose()
    workspace.sandbox.control("app", url=f"{workspace.app.url}/slack/events")


@pytest.mark.parametrize("private", [True, False])
def test_a_leaving_of_which_slack_never_told_us_is_noticed(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor, guest: Actor, *, private: bool
) -> None:
    if private:
        ada.says(f"@incident private on {linus}", in_=incident)
    else:
        ada.says(f"@incident invite {guest}", in_=incident)
    gone, channel = (linus if private else guest), workspace.channel(incident)
    _loses_events(workspace, lambda: ada.does("channel.kick", channel=channel.id, member=gone.id))
    assert _sees(gone, incident)

    workspace.after(hours=2)
    auditor.audit(timezone.now())
    workspace.settle()

    assert not _sees(gone, incident)
    assert _sees(ada, incident)
    looks = len(workspace.calls("conversations.members"))
    auditor.audit(timezone.now())
    workspace.settle()
    assert len(workspace.calls("conversations.members")) == looks


def test_a_guest_who_was_removed_while_we_were_away_has_no_access(
    incident: Incident, workspace: Workspace, ada: Actor, guest: Actor
) -> None:
    ada.says(f"@incident invite {guest}", in_=incident)
    channel = workspace.channel(incident)
    ada.does("channel.kick", channel=channel.id, member=workspace.BOT)
    ada.does("channel.kick", channel=channel.id, member=guest.id)
    assert _sees(guest, incident)

    ada.does("channel.invite", channel=channel.id, users=[workspace.BOT])

    assert not _sees(guest, incident)


def test_a_guest_whose_access_to_a_public_incident_ends_is_removed_from_its_channel(
    incident: Incident, workspace: Workspace, ada: Actor, guest: Actor
) -> None:
    ada.says(f"@incident invite {guest}", in_=incident)
    assert guest.id in workspace.channel(incident).members

    services.expel_member(incident, person=guest.person, by=ada.person, at=timezone.now())
    workspace.settle()

    assert guest.id not in workspace.channel(incident).members
    assert not _sees(guest, incident)


def test_a_list_of_members_that_slack_refuses_is_reported_once(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    rule = {"method": "conversations.members", "fault": "error:restricted_action"}
    workspace.sandbox.control("faults", rules=[rule])

    for _ in range(3):
        workspace.after(hours=2)
        auditor.audit(timezone.now())
        workspace.settle()

    text = incident.entries.filter(kind=EntryKind.TROUBLE).get().text
    assert text.startswith("We couldn't read the private channel's member list (the workspace doesn't let this app")
    assert _sees(grace, incident)


# An owner of the workspace makes the channel private ------------------------------------------------------------------


def test_an_owner_who_is_not_in_the_incident_converts_its_channel(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, linus: Actor
) -> None:
    _refuse_private_channels(workspace)
    channel = workspace.channel(incident)
    ada.says("@incident private on @grace", in_=incident)
    linus.joins(channel.id)

    linus.does("channel.convert_to_private", channel=channel.id)

    assert CommsChannel.objects.get(incident=incident).is_private
    assert grace.id in workspace.channel(incident).members
    ada.says("@incident status identified", in_=channel.id)
    assert workspace.channel(incident).id == channel.id
    assert workspace.channel(incident).shows("Identified")


def test_a_channel_that_an_owner_converts_while_ours_waits_needs_no_other_one(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    rule = {"method": "conversations.create", "fault": "ratelimited", "retry_after": 60, "times": 1}
    workspace.sandbox.control("faults", rules=[rule])
    channel = workspace.channel(incident)
    ada.says("@incident private on", in_=incident)
    asked = len(workspace.calls("conversations.create"))
    linus.joins(channel.id)

    linus.does("channel.convert_to_private", channel=channel.id)
    workspace.after(minutes=5)

    assert workspace.channel(incident).id == channel.id
    assert len(workspace.calls("conversations.create")) == asked


def test_a_private_channel_that_is_renamed_is_followed(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    ada.says("@incident private on @linus", in_=incident)
    private = workspace.channel(incident)

    linus.does("channel.rename", channel=private.id, name="inc-1-renamed")

    assert CommsChannel.objects.get(incident=incident).name == "inc-1-renamed"
    assert [link.label for link in queries.links(incident).filter(kind=Link.CHANNEL)] == ["#inc-1-renamed"]


# What was on its way when it became private ---------------------------------------------------------------------------


def _wait_a_minute(key: str) -> None:
    rows = OutboxEntry.objects.filter(key__contains=key, is_open=True)
    assert rows.update(not_before=timezone.now() + timedelta(minutes=1))


@pytest.mark.parametrize("until", [(), (EntryKind.RESOLVED,)])
def test_a_post_elsewhere_that_waited_is_not_posted_once_it_is_private(
    incident: Incident, workspace: Workspace, ada: Actor, until: tuple[str, ...]
) -> None:
    said = Post(text="Customer data is affected", channel="#general", until=until)
    say_elsewhere(said, key="test:elsewhere", incident=incident, by=ada.person, now=timezone.now())
    _wait_a_minute("test:elsewhere")
    ada.says("@incident private on", in_=incident)

    workspace.after(minutes=5)

    assert not workspace.channel("#general").shows("Customer data")
    assert not OutboxEntry.objects.get(key="test:elsewhere").is_open


@pytest.mark.parametrize("stays", [True, False])
def test_what_waited_is_told_only_to_people_who_still_see_it(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, *, stays: bool
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    private = workspace.channel(incident)
    now = timezone.now()
    tell(grace.person, "Customer data was taken", key="test:tell", now=now, incident=incident)
    rules = [{"method": each, "fault": "ratelimited", "retry_after": 60, "times": 1} for each in WHISPERS]
    workspace.sandbox.control("faults", rules=rules)
    _wait_a_minute("test:tell")
    grace.says("@incident summary", in_=private)
    whispered = OutboxEntry.objects.get(kind="whisper", args__origin__user_id=grace.id)
    assert whispered.is_open
    if not stays:
        ada.does("channel.kick", channel=private.id, member=grace.id)

    workspace.after(minutes=3)

    assert ("Customer data" in str(grace.direct_messages())) is stays
    whispered.refresh_from_db()
    assert not whispered.is_open
    assert ("no summary yet" in grace.told(in_=private)) is stays


def test_people_who_are_invited_while_the_work_moves_come_into_the_private_channel(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    rule = {"method": "conversations.create", "fault": "ratelimited", "retry_after": 60, "times": 1}
    workspace.sandbox.control("faults", rules=[rule])
    old = workspace.channel(incident)
    ada.says("@incident private on", in_=incident)
    ada.says(f"@incident invite {linus}", in_=old)
    assert workspace.channel(incident).id == old.id

    workspace.after(minutes=3)

    assert workspace.channel(incident).id != old.id
    assert linus.id in workspace.channel(incident).members
    assert linus.id not in workspace.channel(old.id).members


def test_a_reply_in_a_thread_of_the_old_channel_does_not_name_that_thread_in_the_new_one(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    asked = ada.says("Where is the runbook?", in_=incident)
    answer = Post(text="It is in the wiki", thread_ts=asked.ts)
    say_in_channel(incident, answer, key="test:thread", now=timezone.now())
    _wait_a_minute("test:thread")
    ada.says("@incident private on", in_=incident)

    workspace.after(minutes=3)

    said = [each.raw for each in workspace.channel(incident).messages() if "in the wiki" in each.text]
    assert len(said) == 1
    assert "thread_ts" not in said[0]


def test_our_posts_in_the_old_channel_go_even_when_no_private_one_can_be_made(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    _refuse_private_channels(workspace)
    ada.says("@incident update Customer data is affected", in_=incident)
    old = workspace.channel(incident)

    ada.says("@incident private on", in_=incident)

    left = workspace.channel(old.id)
    ours = [each.raw for each in left.messages() if each.raw.get("bot_id") and not each.raw.get("subtype")]
    assert ours == []
    assert (left.name, left.topic, left.bookmarks) == ("inc-1-closed", "Closed", [])
    assert not left.raw["is_archived"]
    text = "Slack didn't let us create a private channel (the workspace doesn't let this app do that"
    assert incident.entries.get(kind=EntryKind.TROUBLE).text.startswith(text)
    assert any(text in told for told in ada.direct_messages())

    workspace.sandbox.control("faults", rules=[])
    ada.says("@incident private on", in_=old.id)
    workspace.after(seconds=2)

    private = workspace.channel(incident)
    assert private.raw["kind"] == "private"
    assert ada.id in private.members
    assert workspace.channel(old.id).raw["is_archived"]
    assert "trying again" in ada.told(in_=old.id)
    ada.says("@incident private on", in_=private)
    assert "already private" in ada.told(in_=private)


# Home tabs ------------------------------------------------------------------------------------------------------------


def _home(actor: Actor) -> str:
    return str(actor.workspace.sandbox.get("home", user=actor.id))


def test_the_home_tabs_of_outsiders_forget_what_became_private(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, linus: Actor, katherine: Actor
) -> None:
    other = services.declare_incident(title="Search is slow", reporter=linus.person, at=timezone.now())
    for each in (grace, linus):
        each.does("home.open")
        assert incident.title in _home(each)

    ada.says("@incident private on @grace", in_=incident)

    assert incident.title not in _home(linus)
    assert other.title in _home(linus)
    assert incident.title in _home(grace)
    assert "home" not in _home(katherine) or incident.title not in _home(katherine)
    ada.does("channel.kick", channel=workspace.channel(incident).id, member=grace.id)
    assert incident.title not in _home(grace)

    services.assign_lead(incident, to=katherine.person, by=ada.person, at=timezone.now())
    katherine.does("home.open")
    assert incident.title in _home(katherine)
    services.remove_lead(incident, by=ada.person, at=timezone.now())
    workspace.settle()
    assert incident.title in _home(katherine)  # she was invited into the channel with the role
    katherine.does("channel.leave", channel=workspace.channel(incident).id)
    assert incident.title not in _home(katherine)


def test_a_redacted_title_leaves_the_home_tabs(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    ada.says("@incident rename Login with Hunter2-Zebra fails", in_=incident)
    linus.does("home.open")
    assert "Hunter2" in _home(linus)
    entry = queries.history(incident).filter(kind=EntryKind.TITLE_CHANGED).get()

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="leaked", at=timezone.now())
    workspace.settle()

    assert "Hunter2" not in _home(linus)


# Words, and who comes back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["private maybe", "private off @grace"])
def test_what_is_neither_on_nor_off_is_answered_with_both(incident: Incident, ada: Actor, said: str) -> None:
    ada.says(f"@incident {said}", in_=incident)

    assert "Use `@incident private on` or `@incident private off`." in ada.told(in_=incident)


def test_the_timeline_says_who_got_and_who_lost_access(
    incident: Incident, workspace: Workspace, ada: Actor, katherine: Actor
) -> None:
    ada.says("@incident private", in_=incident)
    assert "This incident is visible to everyone. Use `@incident private on` to limit it" in ada.told(in_=incident)
    ada.says("@incident private on", in_=incident)
    private, name = workspace.channel(incident), katherine.person.name

    ada.does("channel.invite", channel=private.id, users=[katherine.id])
    katherine.does("channel.leave", channel=private.id)

    told = {kind: incident.entries.get(kind=kind).text for kind in (EntryKind.MEMBER_INVITED, EntryKind.MEMBER_REMOVED)}
    assert told == {
        EntryKind.MEMBER_INVITED: f"{name} joined the private channel and can now see this incident",
        EntryKind.MEMBER_REMOVED: f"{name} left the channel and no longer has access",
    }
    ada.says("@incident private", in_=private)
    assert "Add people with `@incident invite @someone`. Show it to everyone with `@incident private off`." in ada.told(
        in_=private
    )


def test_who_is_removed_while_we_are_not_in_the_channel_does_not_come_back(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    channel = workspace.channel(incident).id
    ada.does("channel.kick", channel=channel, member=workspace.BOT)
    workspace.expected_refusals.update({"channel_not_found", "not_in_channel"})
    services.expel_member(incident, person=grace.person, by=ada.person, at=timezone.now())
    workspace.after(days=2)
    ada.does("channel.invite", channel=channel, users=[workspace.BOT])
    workspace.after(hours=1)

    assert grace.id not in workspace.channel(channel).members
    assert not access.may(grace.person, access.SEE, Incident.objects.get(pk=incident.pk))


@pytest.mark.parametrize("fault", ["", "lost_answer"])
def test_a_post_elsewhere_goes_when_the_incident_becomes_private(
    workspace: Workspace, incident: Incident, ada: Actor, fault: str
) -> None:
    ada.does("channel.create", name="customer-ops")
    if fault:
        rules = [{"method": "chat.postMessage", "fault": fault, "times": 1}]
        workspace.sandbox.control("faults", rules=rules)
    post = Post("Refunds are late", channel="#customer-ops")
    say_elsewhere(post, key="ops", incident=incident, by=ada.person, now=timezone.now())
    workspace.settle()
    assert workspace.channel("#customer-ops").shows("Refunds are late")
    services.make_private(incident, by=ada.person, at=timezone.now(), members=[])
    workspace.after(minutes=15)

    assert not workspace.channel("#customer-ops").shows("Refunds are late")
