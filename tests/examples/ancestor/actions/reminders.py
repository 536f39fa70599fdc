from slackbot.monzo.core.models import Incident
from slackbot.monzo.slack.decorators import recurring_notification, single_notification
from slackbot.monzo.slack.models import CommsChannel
from slackbot.plugins import SKIP, Skip


@recurring_notification(interval_mins=30, max_notifications=2)
def take_a_break(incident: Incident) -> None:
    try:
        comms_channel = CommsChannel.objects.get(incident=incident)
        comms_channel.post_in_channel("👋 Half an hour more. Stand up for a moment.")
    except CommsChannel.DoesNotExist:
        pass


@recurring_notification(interval_mins=45, max_notifications=1)
def rate_it(incident: Incident) -> Skip | None:
    if not incident.severity:
        return SKIP
    CommsChannel.objects.get(incident=incident).post_in_channel(f"🌡️ Still {incident.severity_text()}?")
    return None


@single_notification(initial_delay_mins=20)
def ask_for_a_summary(incident: Incident) -> None:
    if not incident.summary:
        incident.summary = "Nothing is known yet."
        incident.save()
        CommsChannel.objects.get(incident=incident).post_in_channel(f"✍️ {incident.reporter}, what is it about?")
