import json

from slackbot.monzo import settings
from slackbot.monzo.core.models import Incident
from slackbot.monzo.slack import block_kit, dialog_builder
from slackbot.monzo.slack.decorators import ActionContext, action_handler, dialog_handler, incident_command
from slackbot.monzo.slack.models import CommsChannel

ESCALATE_BUTTON = "escalate-button-id"
PAGE_SPECIALIST_DIALOG = "dialog-page-specialist"
NOBODY_BUTTON = "nobody-button-id"
HELP_BUTTON = "help-button-id"
TEAMS = {"Payments": "Cards and transfers", "Platform": "What everything stands on"}


@incident_command(["escalate", "esc"], helptext="Page another team")
def escalate(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    msg = block_kit.Message()
    msg.add_block(block_kit.Section(text=block_kit.Text("Whom do you need?")))
    msg.add_block(block_kit.Divider())
    for name, summary in TEAMS.items():
        msg.add_block(
            block_kit.Section(
                block_id=f"team-{name}",
                text=block_kit.Text(summary, title=name),
                accessory=block_kit.Button(f"📟 Page {name}", ESCALATE_BUTTON, value=name),
            )
        )
    msg.add_block(block_kit.Actions(elements=[block_kit.Button("Nobody", NOBODY_BUTTON, value=message)]))
    msg.set_fallback_text("Whom do you need?")
    comms_channel = CommsChannel.objects.get(incident=incident)
    msg.send(comms_channel.channel_id)
    return True, None


@action_handler(ESCALATE_BUTTON)
def page_clicked(context: ActionContext) -> None:
    summaries = [
        block["text"]["text"] for block in context.message["blocks"] if block.get("block_id") == "team-Payments"
    ]
    dialog = dialog_builder.Dialog(
        title="Escalate to a specialist team",
        submit_label="Escalate",
        elements=[
            dialog_builder.Text(label="Message", name="message", hint="They may be asleep", value=summaries[0]),
            dialog_builder.TextArea(label="Details", name="details", optional=True, placeholder="What did you try?"),
            dialog_builder.SelectFromUsers(label="Who", name="who", value=context.user_id),
        ],
        state=context.button_value,
    )
    dialog.add_element(
        dialog_builder.SelectWithOptions([("At once", "now"), ("Soon", 15)], label="When", name="when", value="now")
    )
    dialog.send_open_dialog(PAGE_SPECIALIST_DIALOG, context.trigger_id)


@action_handler(NOBODY_BUTTON)
def nobody(context: ActionContext) -> None:
    msg = block_kit.Message()
    msg.add_block(block_kit.Section(text=block_kit.Text(f"<@{context.user_id}> needs nobody: {context.value}")))
    comms_channel = CommsChannel.objects.get(incident=context.incident)
    msg.send(comms_channel.channel_id, ts=context.message["ts"])


@incident_command(["callout"], helptext="Ask everybody in #general")
def callout(incident: Incident, user_id: str, message: str) -> tuple[bool, str | None]:
    msg = block_kit.Message()
    msg.add_block(block_kit.Section(text=block_kit.Text(message)))
    msg.add_block(block_kit.Actions(elements=[block_kit.Button("I can help", HELP_BUTTON, value=incident.pk)]))
    msg.send(settings.SLACK_CLIENT.get_channel_id("general"))
    return True, None


@action_handler(HELP_BUTTON)
def helps(context: ActionContext) -> None:
    CommsChannel.objects.get(incident=context.incident).post_in_channel(f"<@{context.user_id}> can help")


@dialog_handler(PAGE_SPECIALIST_DIALOG)
def paged(user_id: str, channel_id: str, submission: dict[str, str], response_url: str, state: str) -> None:
    comms_channel = CommsChannel.objects.get(channel_id=channel_id)
    comms_channel.post_in_channel(f"{state} by {user_id}: {json.dumps(submission, sort_keys=True)}")
