from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.emoji import EMOJI
from tests.sandbox.conftest import App, Sandbox

Refused = Callable[..., dict[str, Any]]


def test_post_shows_in_the_channel_and_is_echoed_to_the_app(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    posted = slack.chat_postMessage(channel="#incidents", text="hello")

    sandbox.settle()
    assert sandbox.messages("incidents")[-1]["text"] == "hello"
    (echo,) = app.events("message")
    assert echo["ts"] == posted["ts"]
    assert echo["bot_id"] == "B0RESPONSE"
    assert echo["app_id"] == "A0RESPONSE"
    assert echo["user"] == "U0RESPONSE"
    assert "subtype" not in echo
    assert not app.events("app_mention")


def test_post_fills_in_what_slack_fills_in(slack: WebClient) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}]},
    ]

    message = slack.chat_postMessage(channel="C0INCIDENTS", text="hi", blocks=blocks)["message"]

    section, actions = message["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": "*hi*", "verbatim": False}
    assert actions["elements"][0]["text"]["emoji"] is True
    assert section["block_id"] != actions["block_id"]
    assert actions["elements"][0]["action_id"]


def test_post_needs_the_channel_to_be_open_and_ours(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    archived = slack.conversations_create(name="old")["channel"]["id"]
    slack.conversations_archive(channel=archived)
    private = sandbox.ada("channel.create", name="secret", private=True)["channel"]["id"]

    assert error("chat.postMessage", channel="C0NOWHERE", text="x")["error"] == "channel_not_found"
    assert error("chat.postMessage", channel="C0RANDOM", text="x")["error"] == "not_in_channel"
    assert error("chat.postMessage", channel=archived, text="x")["error"] == "is_archived"
    assert error("chat.postMessage", channel=private, text="x")["error"] == "channel_not_found"
    assert error("chat.postMessage", channel="C0INCIDENTS", text=" ")["error"] == "no_text"
    assert error("chat.postMessage", channel="C0INCIDENTS", text="x" * 40_001)["error"] == "msg_too_long"


def test_post_to_a_person_opens_their_direct_message(sandbox: Sandbox, slack: WebClient) -> None:
    posted = slack.chat_postMessage(channel="U0GRACE", text="psst")

    assert posted["channel"].startswith("D")
    grace = sandbox.does("U0GRACE", "history", channel=posted["channel"])
    assert [one["text"] for one in grace["messages"]] == ["psst"]
    assert not sandbox.does("U0ADA", "history", channel=posted["channel"])["ok"]


def test_ephemeral_message_is_seen_by_one_person(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    slack.chat_postEphemeral(channel="C0INCIDENTS", user="U0ADA", text="only you")

    sandbox.settle()
    assert [one["text"] for one in sandbox.messages("incidents", "U0ADA")] == ["only you"]
    assert sandbox.messages("incidents", "U0ADA")[0]["is_ephemeral"] is True
    assert sandbox.messages("incidents", "U0GRACE") == []
    assert app.received == []
    assert slack.conversations_history(channel="C0INCIDENTS")["messages"] == []


def test_ephemeral_message_needs_its_reader_in_the_channel(slack: WebClient, error: Refused) -> None:
    channel = slack.conversations_create(name="empty")["channel"]["id"]

    answer = error("chat.postEphemeral", channel=channel, user="U0ADA", text="x")

    assert answer["error"] == "user_not_in_channel"


def test_dismissed_ephemeral_message_is_gone(sandbox: Sandbox, slack: WebClient) -> None:
    slack.chat_postEphemeral(channel="C0INCIDENTS", user="U0ADA", text="only you")
    (message,) = sandbox.messages("incidents")

    sandbox.ada("message.delete", channel="C0INCIDENTS", ts=message["ts"])

    assert sandbox.messages("incidents") == []


def test_update_replaces_text_and_tells_the_app(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    ts = slack.chat_postMessage(channel="C0INCIDENTS", text="before")["ts"]
    sandbox.settle()
    app.received.clear()

    slack.chat_update(channel="C0INCIDENTS", ts=ts, text="after")

    sandbox.settle()
    (shown,) = sandbox.messages("incidents")
    assert shown["text"] == "after"
    assert shown["edited"]["user"] == "U0RESPONSE"
    (event,) = app.events("message")
    assert event["subtype"] == "message_changed"
    assert event["message"]["text"] == "after"
    assert event["previous_message"]["text"] == "before"
    assert event["hidden"] is True


def test_update_keeps_metadata_unless_it_is_emptied(slack: WebClient) -> None:
    metadata = {"event_type": "thing", "event_payload": {"id": "1"}}
    ts = slack.chat_postMessage(channel="C0INCIDENTS", text="x", metadata=metadata)["ts"]

    def kept() -> Any:
        found = slack.conversations_history(channel="C0INCIDENTS", include_all_metadata=True)["messages"]
        return found[0].get("metadata")

    slack.chat_update(channel="C0INCIDENTS", ts=ts, text="y")
    assert kept() == metadata
    slack.chat_update(channel="C0INCIDENTS", ts=ts, text="z", metadata={})
    assert kept() is None


def test_update_and_delete_are_for_own_messages(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    hers = sandbox.ada("message.send", channel="C0INCIDENTS", text="mine")["ts"]
    ours = slack.chat_postMessage(channel="C0INCIDENTS", text="ours")["ts"]

    assert error("chat.update", channel="C0INCIDENTS", ts=hers, text="x")["error"] == "cant_update_message"
    assert error("chat.delete", channel="C0INCIDENTS", ts=hers)["error"] == "cant_delete_message"
    assert error("chat.update", channel="C0INCIDENTS", ts="1.000001", text="x")["error"] == "message_not_found"
    assert error("chat.update", channel="C0INCIDENTS", ts=ours, text="x" * 4001)["error"] == "msg_too_long"


def test_delete_tells_the_app_and_leaves_a_stone_over_replies(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    alone = slack.chat_postMessage(channel="C0INCIDENTS", text="alone")["ts"]
    parent = slack.chat_postMessage(channel="C0INCIDENTS", text="parent")["ts"]
    slack.chat_postMessage(channel="C0INCIDENTS", text="reply", thread_ts=parent)
    sandbox.settle()
    app.received.clear()

    slack.chat_delete(channel="C0INCIDENTS", ts=alone)
    slack.chat_delete(channel="C0INCIDENTS", ts=parent)

    sandbox.settle()
    stone, reply = sandbox.messages("incidents")
    assert stone["subtype"] == "tombstone"
    assert reply["text"] == "reply"
    assert [event["subtype"] for event in app.events("message")] == ["message_deleted", "message_changed"]


def test_reply_counts_at_its_parent(sandbox: Sandbox, slack: WebClient) -> None:
    parent = slack.chat_postMessage(channel="C0INCIDENTS", text="parent")["ts"]
    sandbox.ada("message.send", channel="C0INCIDENTS", text="one", thread_ts=parent)
    second = slack.chat_postMessage(channel="C0INCIDENTS", text="two", thread_ts=parent)["ts"]

    history = slack.conversations_history(channel="C0INCIDENTS")["messages"]
    replies = slack.conversations_replies(channel="C0INCIDENTS", ts=parent)["messages"]

    assert [one["text"] for one in history] == ["parent"]
    assert history[0]["reply_count"] == 2
    assert history[0]["reply_users"] == ["U0ADA", "U0RESPONSE"]
    assert history[0]["latest_reply"] == second
    assert [one["text"] for one in replies] == ["parent", "one", "two"]
    assert replies[1]["parent_user_id"] == "U0RESPONSE"


def test_broadcast_reply_shows_in_the_channel_too(slack: WebClient) -> None:
    parent = slack.chat_postMessage(channel="C0INCIDENTS", text="parent")["ts"]

    slack.chat_postMessage(channel="C0INCIDENTS", text="loud", thread_ts=parent, reply_broadcast=True)

    history = slack.conversations_history(channel="C0INCIDENTS")["messages"]
    assert [one["text"] for one in history] == ["loud", "parent"]


def test_history_pages_through_everything_once(sandbox: Sandbox, slack: WebClient) -> None:
    for number in range(7):
        sandbox.ada("message.send", channel="C0INCIDENTS", text=str(number))

    pages = slack.conversations_history(channel="C0INCIDENTS", limit=3)

    found = [([one["text"] for one in page["messages"]], page["has_more"]) for page in pages]
    assert found == [(["6", "5", "4"], True), (["3", "2", "1"], True), (["0"], False)]


def test_history_between_two_times(sandbox: Sandbox, slack: WebClient) -> None:
    ts = [sandbox.ada("message.send", channel="C0INCIDENTS", text=str(number))["ts"] for number in range(4)]

    def texts(**bounds: Any) -> list[str]:
        found = slack.conversations_history(channel="C0INCIDENTS", **bounds)["messages"]
        return [one["text"] for one in found]

    assert texts(oldest=ts[1], latest=ts[3]) == ["2"]
    assert texts(oldest=ts[1], latest=ts[3], inclusive=True) == ["3", "2", "1"]
    assert texts(latest=ts[1], inclusive=True, limit=1) == ["1"]


def test_history_refuses_a_cursor_that_is_not_its_own(error: Refused) -> None:
    assert error("conversations.history", channel="C0INCIDENTS", cursor="bogus")["error"] == "invalid_cursor"


def test_history_shows_metadata_only_when_asked(slack: WebClient) -> None:
    metadata = {"event_type": "thing", "event_payload": {"id": "1"}}
    slack.chat_postMessage(channel="C0INCIDENTS", text="x", metadata=metadata)

    plain = slack.conversations_history(channel="C0INCIDENTS")["messages"][0]
    full = slack.conversations_history(channel="C0INCIDENTS", include_all_metadata=True)["messages"][0]

    assert "metadata" not in plain
    assert full["metadata"] == metadata


def test_permalink_leads_to_the_message(sandbox: Sandbox, slack: WebClient) -> None:
    ts = slack.chat_postMessage(channel="C0INCIDENTS", text="x")["ts"]

    link = slack.chat_getPermalink(channel="C0INCIDENTS", message_ts=ts)["permalink"]

    assert link == f"{sandbox.url}archives/C0INCIDENTS/p{ts.replace('.', '')}"


def test_reactions_come_and_go(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    ts = sandbox.ada("message.send", channel="C0INCIDENTS", text="x")["ts"]
    where = {"channel": "C0INCIDENTS", "timestamp": ts}

    slack.reactions_add(**where, name="tada")
    sandbox.ada("reaction.add", channel="C0INCIDENTS", ts=ts, name="tada")

    assert slack.reactions_get(**where)["message"]["reactions"] == [
        {"name": "tada", "users": ["U0RESPONSE", "U0ADA"], "count": 2}
    ]
    assert error("reactions.add", **where, name="tada")["error"] == "already_reacted"
    assert error("reactions.add", **where, name="nonsense")["error"] == "invalid_name"
    slack.reactions_remove(**where, name="tada")
    assert error("reactions.remove", **where, name="tada")["error"] == "no_reaction"
    sandbox.settle()
    added = app.events("reaction_added")
    assert [event["user"] for event in added] == ["U0RESPONSE", "U0ADA"]
    assert added[0]["item"] == {"type": "message", "channel": "C0INCIDENTS", "ts": ts}
    assert added[0]["item_user"] == "U0ADA"


def test_pins_come_and_go(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    ts = sandbox.ada("message.send", channel="C0INCIDENTS", text="look")["ts"]

    sandbox.ada("pin.add", channel="C0INCIDENTS", ts=ts)

    (item,) = slack.pins_list(channel="C0INCIDENTS")["items"]
    assert item["created_by"] == "U0ADA"
    assert item["message"]["pinned_to"] == ["C0INCIDENTS"]
    assert error("pins.add", channel="C0INCIDENTS", timestamp=ts)["error"] == "already_pinned"
    slack.pins_remove(channel="C0INCIDENTS", timestamp=ts)
    assert error("pins.remove", channel="C0INCIDENTS", timestamp=ts)["error"] == "no_pin"
    sandbox.settle()
    (added,), (removed,) = app.events("pin_added"), app.events("pin_removed")
    assert added["channel_id"] == "C0INCIDENTS"
    assert "channel" not in added
    assert added["item"]["message"]["text"] == "look"
    assert added["pin_count"] == 1
    assert removed["has_pins"] is False


def test_scheduled_message_is_said_when_its_time_comes(sandbox: Sandbox, slack: WebClient) -> None:
    now = sandbox.get("clock")["now"]
    slack.chat_scheduleMessage(channel="C0INCIDENTS", text="later", post_at=int(now) + 60)
    dropped = slack.chat_scheduleMessage(channel="C0INCIDENTS", text="never", post_at=int(now) + 60)
    slack.chat_deleteScheduledMessage(channel="C0INCIDENTS", scheduled_message_id=dropped["scheduled_message_id"])
    assert sandbox.messages("incidents") == []

    sandbox.post("clock", advance=61)

    assert [one["text"] for one in sandbox.messages("incidents")] == ["later"]


def test_scheduled_message_must_lie_ahead(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    now = int(sandbox.get("clock")["now"])

    past = error("chat.scheduleMessage", channel="C0INCIDENTS", text="x", post_at=now - 1)
    far = error("chat.scheduleMessage", channel="C0INCIDENTS", text="x", post_at=now + 120 * 86400 + 60)
    slack.chat_scheduleMessage(channel="C0INCIDENTS", text="x", post_at=now + 120 * 86400)

    assert past["error"] == "time_in_past"
    assert far["error"] == "time_too_far"


def test_timestamps_never_repeat(sandbox: Sandbox) -> None:
    first = sandbox.ada("message.send", channel="C0GENERAL", text="x")["ts"]
    sandbox.post("clock", advance=-3600)

    second = sandbox.ada("message.send", channel="C0GENERAL", text="y")["ts"]

    assert second > first


def test_wrong_tokens_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        WebClient(token="xoxb-other", base_url=f"{sandbox.url}api/").auth_test()
    assert sandbox.http.post("api/auth.test").json()["error"] == "not_authed"
    assert sandbox.http.post("api/auth.test", data={"token": "xoxb-sandbox-token"}).json()["ok"]


def test_get_and_post_forms_and_json_are_all_understood(sandbox: Sandbox) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox-token"}
    wanted = {"channel": "C0INCIDENTS"}

    found = [
        sandbox.http.get("api/conversations.info", params=wanted, headers=headers).json(),
        sandbox.http.post("api/conversations.info", data=wanted, headers=headers).json(),
        sandbox.http.post("api/conversations.join", json=wanted, headers=headers).json(),
    ]

    assert [one["channel"]["name"] for one in found] == ["incidents"] * 3
    unread = sandbox.http.post("api/users.info", json={"user": "U0ADA"}, headers=headers).json()
    assert unread["error"] == "invalid_arguments"
    assert "[WARN] users.info does not read a JSON body: send a form" in unread["response_metadata"]["messages"]
    broken = sandbox.http.post(
        "api/chat.postMessage", content=b"{", headers={**headers, "Content-Type": "application/json"}
    )
    assert broken.json()["error"] == "invalid_json"


def test_channel_holds_a_hundred_pins(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    sent = [slack.chat_postMessage(channel="C0INCIDENTS", text=str(number))["ts"] for number in range(101)]
    for number, ts in enumerate(sent[:100], start=1):
        slack.pins_add(channel="C0INCIDENTS", timestamp=ts)
        if number % 20 == 0:
            sandbox.post("clock", advance=61)  # Slack takes some twenty pins a minute.

    assert error("pins.add", channel="C0INCIDENTS", timestamp=sent[100])["error"] == "too_many_pins"
    assert len(slack.pins_list(channel="C0INCIDENTS")["items"]) == 100


def test_message_holds_fifty_kinds_of_reaction(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    ts = slack.chat_postMessage(channel="C0INCIDENTS", text="x")["ts"]
    names = sorted(EMOJI)[:51]
    for name in names[:50]:
        slack.reactions_add(channel="C0INCIDENTS", timestamp=ts, name=name)

    sandbox.post("clock", advance=61)

    assert error("reactions.add", channel="C0INCIDENTS", timestamp=ts, name=names[50])["error"] == "too_many_emoji"


def test_another_app_posts_without_a_user(sandbox: Sandbox, app: App) -> None:
    alert = [{"color": "#D63232", "title": "[FIRING:1] Disk full", "fields": [{"title": "Host", "value": "db-1"}]}]
    posted = sandbox.post("apps/messages", channel="incidents", name="Grafana", attachments=alert)["message"]

    sandbox.settle()
    (event,) = app.events("message")
    assert "user" not in event
    assert (event["subtype"], event["username"], event["bot_profile"]["name"]) == ("bot_message", "Grafana", "Grafana")
    assert (event["text"], event["attachments"][0]["title"]) == ("", "[FIRING:1] Disk full")
    assert sandbox.messages("incidents")[-1]["ts"] == posted["ts"]


def test_a_link_is_unfurled_by_a_change_that_is_no_edit(sandbox: Sandbox, app: App) -> None:
    said = sandbox.ada("message.send", channel="C0INCIDENTS", text="see https://status.example")["message"]
    page = [{"from_url": "https://status.example", "title": "All systems", "title_link": "https://status.example"}]
    sandbox.post("unfurls", channel="incidents", ts=said["ts"], attachments=page)

    sandbox.settle()
    changed = app.events("message")[-1]
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["attachments"][0]["title"] == "All systems"
    assert "edited" not in changed["message"]


def test_a_deleted_message_with_replies_becomes_a_tombstone(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    said = sandbox.ada("message.send", channel="C0INCIDENTS", text="a secret")["message"]
    sandbox.does("U0GRACE", "message.send", channel="C0INCIDENTS", text="oh", thread_ts=said["ts"])
    sandbox.ada("message.delete", channel="C0INCIDENTS", ts=said["ts"])

    sandbox.settle()
    stone = app.events("message")[-1]["message"]
    assert (stone["subtype"], stone["user"], stone["hidden"]) == ("tombstone", "USLACKBOT", True)
    read = slack.conversations_replies(channel="C0INCIDENTS", ts=said["ts"])["messages"][0]
    assert (read["subtype"], read["text"]) == ("tombstone", "This message was deleted.")
