from datetime import datetime
from typing import Any

from slackbot.monzo import settings
from slackbot.monzo.core.models import ExternalUser, Incident
from slackbot.monzo.slack import (  # type: ignore[attr-defined]
    block_kit,
    incident_notifications,  # noqa: F401 — a public deployment imported it so
)
from slackbot.monzo.slack.decorators import (
    ActionContext,
    action_handler,
    dialog_handler,
    headline_post_action,
)
from slackbot.monzo.slack.dialog_builder import Dialog, SelectFromUsers, SelectWithOptions, Text, TextArea
from slackbot.monzo.slack.models import CommsChannel, HeadlinePost
from slackbot.monzo.slack.settings import INCIDENT_EDIT_DIALOG, INCIDENT_REPORT_DIALOG

STATUS_PAGE = "open-status-page-dialog"
STATUS_PAGE_DIALOG = "status-page-update"


@headline_post_action(order=150)
def status_page_button(headline_post: HeadlinePost) -> block_kit.Button | None:
    if headline_post.comms_channel is None:
        return None
    sure = block_kit.Confirm("Status page", "Customers read it.", "Go on", "Not yet")
    return block_kit.Button("📣 Status page", STATUS_PAGE, value=headline_post.incident.pk, confirm=sure)


@action_handler(STATUS_PAGE)
def status_page_clicked(ac: ActionContext) -> None:
    dialog = Dialog(title="Status page", submit_label="Publish", state=ac.incident.pk)
    dialog.add_element(TextArea(label="What may customers know?", name="text", value=ac.incident.summary))
    dialog.send_open_dialog(STATUS_PAGE_DIALOG, ac.trigger_id)


@dialog_handler(STATUS_PAGE_DIALOG)
def published(user_id: str, channel_id: str, submission: dict[str, str], response_url: str, state: str) -> None:
    incident = Incident.objects.get(pk=state)
    CommsChannel.objects.get(incident=incident).post_in_channel(f"📣 On the status page: {submission['text']}")
    HeadlinePost.objects.get(incident=incident).post_to_thread("The status page is up")


@action_handler(HeadlinePost.EDIT_INCIDENT_BUTTON)
def edit_our_way(ac: ActionContext) -> None:
    CommsChannel.objects.get(incident=ac.incident).post_in_channel(f"<@{ac.user_id}> wants to edit it")
    severities = [(name.capitalize(), rank) for rank, name in Incident.SEVERITIES]
    lead = ac.incident.lead.external_id if ac.incident.lead else None
    dialog = Dialog(title=f"Edit Incident {ac.incident.pk}", submit_label="Save", state=ac.incident.pk)
    dialog.add_element(Text(label="Report", name="report", value=ac.incident.report))
    dialog.add_element(TextArea(label="Summary", name="summary", value=ac.incident.summary, optional=True))
    dialog.add_element(SelectFromUsers(label="Lead", name="lead", value=lead, optional=True))
    dialog.add_element(
        SelectWithOptions(severities, label="Severity", name="severity", value=ac.incident.severity, optional=True)
    )
    dialog.send_open_dialog(INCIDENT_EDIT_DIALOG, ac.trigger_id)


@dialog_handler(INCIDENT_REPORT_DIALOG)
def report_our_way(user_id: str, channel_id: str, submission: Any, response_url: str, state: str) -> None:
    reporter, _ = ExternalUser.objects.get_or_create_slack(external_id=user_id)
    incident = Incident.objects.create_incident(
        report=f"{submission['report']}, our way",
        reporter=reporter,
        report_time=datetime.now(),
        report_only=submission["incident_type"] == "report",
        summary=submission["summary"],
        impact=submission["impact"],
        severity=submission["severity"],
    )
    settings.SLACK_CLIENT.send_ephemeral_message(channel_id, user_id, f"Thanks for reporting {incident.pk}")
