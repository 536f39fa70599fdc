from datetime import datetime
from typing import Any

from slackbot.monzo import settings
from slackbot.monzo.core.models import Action, ExternalUser, Incident, TimelineEvent
from slackbot.monzo.slack.cache import get_user_profile
from slackbot.monzo.slack.client import SlackError
from slackbot.monzo.slack.decorators.incident_command import (
    __default_incident_command,
    get_commands,
    get_help,
    incident_command,
)
from slackbot.monzo.slack.models import CommsChannel, HeadlinePost
from slackbot.monzo.slack.reference_utils import reference_to_id, user_reference


@incident_command(["elapsed"], helptext="How long has this incident been going on?")
def elapsed(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    comms_channel = CommsChannel.objects.get(incident=incident)
    minutes = int((datetime.now() - incident.start_time).total_seconds() / 60)
    comms_channel.post_in_channel(f"Going on for {incident.duration()}, {minutes} in all")
    return True, None


@incident_command(["assess", "Rate"], helptext="Set the severity by name or number")
def assess(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    for sev_id, sev_name in Incident.SEVERITIES:
        if message in (sev_id, sev_name):
            incident.severity = sev_id
            incident.save()
            return True, f"{incident.severity_emoji()} It is {incident.severity_text()} ({incident.severity})"
    return False, None


@incident_command(["handover"], helptext="Hand the lead over")
def handover(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    assignee = reference_to_id(message)
    if not assignee:
        return False, "Hand over to whom?"
    before = incident.lead
    name = (get_user_profile(assignee) or {})["name"]
    user, created = ExternalUser.objects.get_or_create_slack(external_id=assignee, display_name=name)
    incident.lead = user
    incident.save()
    return True, f"{before or 'nobody'} hands over to {user_reference(user.external_id)} ({name}, new: {created})"


@incident_command(["rewrite"], helptext="Write everything anew")
def rewrite(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    incident.report = message
    incident.summary = "*What* we know"
    incident.impact = "Everybody"
    incident.save()
    again = Incident.objects.get(pk=incident.pk)
    return True, f"{again.report} / {again.summary} / {again.impact} / {again.status_text()}"


@incident_command(["close"], helptext="Close it, our way")
def close(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    incident.end_time = datetime.now()
    incident.save()
    HeadlinePost.objects.get(incident=incident).post_to_thread("Closed, our way")
    return True, f"Closed: {incident.is_closed()}, open ones: {Incident.objects.filter(end_time__isnull=True).count()}"


@incident_command(["todo"], helptext="Note something that is to be done, and when it came up")
def todo(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    Action(incident=incident, details=message, user=ExternalUser.objects.get(external_id=user_id)).save()
    TimelineEvent(incident=incident, timestamp=incident.start_time, text="It came up", event_type="text").save()
    texts = [event.text for event in incident.timeline_events()]
    return True, f"{[str(action) for action in incident.action_items()]}, told: {'It came up' in texts}"


@incident_command(["tell"], helptext="Tell others of it")
def tell(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    general = settings.SLACK_CLIENT.get_channel_id("general")
    settings.SLACK_CLIENT.send_message(general, f"{user_reference(user_id)} tells of {incident.report}: {message}")
    comms_channel = CommsChannel.objects.get(incident=incident)
    settings.SLACK_CLIENT.send_ephemeral_message(comms_channel.channel_id, user_id, "They are told")
    ts = HeadlinePost.objects.get(incident=incident).message_ts or ""
    settings.SLACK_CLIENT.add_reaction("eyes", settings.INCIDENT_CHANNEL_ID, ts)
    settings.SLACK_CLIENT.send_message(settings.INCIDENT_CHANNEL_ID, "In the thread", thread_ts=ts)
    settings.SLACK_CLIENT.send_message("U0GRACE", "You lead the next one")
    settings.SLACK_CLIENT.invite_user_to_channel("U0LINUS", comms_channel.channel_id)
    return True, None


@incident_command(["announce"], helptext="Tell everybody, in a channel for it")
def announce(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    client = settings.SLACK_CLIENT
    news = client.get_or_create_channel("news")
    again = client.get_or_create_channel("news")
    client.api_call("chat.postMessage", channel=news, text=message, attachments=[{"text": "In short", "fallback": "-"}])
    client.set_channel_topic(news, "What is broken")
    client.add_reaction("eyes", news, "1.000001")
    client.remove_reaction("eyes", news, "1.000001")
    names = [member["name"] for member in client.users_list()["members"]]
    email = (client.get_user_profile(user_id) or {})["email"]
    facts = [
        client.get_channel_name(news),
        client.get_channel_name("C0NOWHERE"),
        news == again == client.get_channel_id("news"),
        client.api_call("conversations.info", channel=news)["channel"]["name"],
        client.get_user_id("ada") == user_id == (client.get_user_profile_by_email(email) or {})["id"],
        "grace" in names,
        client.get_slack_token_owner() == settings.INCIDENT_BOT_ID,
    ]
    return True, f"{facts}"


@incident_command(["count"], helptext="Count incidents in many ways")
def count(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    ada = ExternalUser.objects.get(external_id=user_id)
    led = Incident.objects.filter(lead=ada, severity="1", report_only=False, start_time__lte=datetime.now())
    others = Incident.objects.exclude(pk=incident.pk).order_by("-pk")
    counts = [
        led.count(),
        len(Incident.objects.filter(lead__isnull=True)),
        Incident.objects.filter(severity__isnull=True).exists(),
        [str(other) for other in others],
        others[0] == others.first() == Incident.objects.get(report=others[0].report),
        Incident.objects.filter(end_time=None, reporter=ada).count(),
    ]
    return True, f"{counts}"


@incident_command(["ended"], helptext="Say what is over")
def ended(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    over = Incident.objects.filter(end_time__lte=datetime.now())
    return True, f"Over: {[str(each) for each in over]}, closed: {all(each.is_closed() for each in over)}"


@incident_command(["wave"], helptext="Say hello in the channels of all others")
def wave(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    for channel in CommsChannel.objects.exclude(incident=incident):
        channel.post_in_channel(f"{incident.report} waves to {channel.incident.report}")
    return True, None


@incident_command(["missing"], helptext="Ask Slack for what is not there")
def missing(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    try:
        settings.SLACK_CLIENT.get_channel_id(message)
    except SlackError as error:
        return True, f"{error.message} ({error.slack_error})"
    return False, None


@incident_command(["renamed"], helptext="Give the channel another name")
def renamed(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    CommsChannel.objects.get(incident=incident).rename(message)
    return True, None


@incident_command(["mistake"], helptext="Read an answer that is not there yet")
def mistake(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    try:
        ts = settings.SLACK_CLIENT.send_message(settings.INCIDENT_CHANNEL_ID, "Said all the same")["ts"]
    except SlackError as error:
        return True, error.message
    return False, ts


@incident_command(["everything"], helptext="What one can say")
def everything(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    return True, get_help()


@__default_incident_command(["impact"], helptext="Say whom it hurts")
def impact(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    incident.impact = message
    incident.save()
    return True, f"It hurts {message}; commands: {'escalate' in get_commands()}"


@incident_command(["raise"], helptext="Declare another")
def another(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    made = Incident.objects.create_incident(
        report=message,
        reporter=incident.reporter,
        report_time=datetime.now(),
        report_only=True,
        severity="2",
    )
    return True, f"{made} is number {made.pk}, {made.status_text()}, {made.severity_text()}"


@incident_command(["forgetful"], helptext="Return something else")
def forgetful(incident: Incident, user_id: str, message: str) -> Any:
    CommsChannel.objects.get(incident=incident).post_in_channel("I forget what to return")
