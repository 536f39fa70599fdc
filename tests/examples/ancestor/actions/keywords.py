from slackbot.monzo.slack.decorators import keyword_handler
from slackbot.monzo.slack.models import CommsChannel


@keyword_handler(["status page", "statuspage"])
def status_page(comms_channel: CommsChannel, user: str, keyword: str, text: str, ts: str) -> None:
    comms_channel.post_in_channel(f"<@{user}> said {keyword} in “{text}” at {ts}")


@keyword_handler(["runbook"])
def older(comms_channel: CommsChannel, user: str, text: str, ts: str) -> None:
    comms_channel.post_in_channel(f"There are runbooks for #{comms_channel.channel_name}: {text}")
