from slackbot.monzo.core.models import Incident
from slackbot.monzo.slack import block_kit
from slackbot.monzo.slack.decorators import (
    ActionContext,
    action_handler,
    dialog_handler,
    headline_post_action,
)
from slackbot.monzo.slack.dialog_builder import Dialog, TextArea
from slackbot.monzo.slack.models import CommsChannel, HeadlinePost

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
