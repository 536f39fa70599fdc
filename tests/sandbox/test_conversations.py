from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.sandbox.conftest import App, Sandbox

Refused = Callable[..., dict[str, Any]]


def test_create_invite_topic_and_archive(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    channel = slack.conversations_create(name="inc-1-checkout")["channel"]
    assert channel["is_member"] is True
    assert channel["creator"] == "U0RESPONSE"
    where = channel["id"]

    slack.conversations_invite(channel=where, users="U0ADA,U0GRACE")
    topic = slack.conversations_setTopic(channel=where, topic="major")["channel"]["topic"]
    slack.conversations_setPurpose(channel=where, purpose="why")
    slack.conversations_archive(channel=where)

    assert topic["value"] == "major"
    assert slack.conversations_members(channel=where)["members"] == ["U0RESPONSE", "U0ADA", "U0GRACE"]
    info = slack.conversations_info(channel=where, include_num_members=True)["channel"]
    assert info["is_archived"] is True
    assert info["num_members"] == 3
    sandbox.settle()
    assert [event["user"] for event in app.events("member_joined_channel")] == ["U0RESPONSE", "U0ADA", "U0GRACE"]
    subtypes = [event["subtype"] for event in app.events("message")]
    assert subtypes == ["channel_join"] * 3 + ["channel_topic", "channel_purpose", "channel_archive"]
    assert app.events("channel_archive")[0]["channel"] == where


def test_names_slack_refuses(error: Refused) -> None:
    refused = {
        "general": "name_taken",
        "Upper": "invalid_name_specials",
        "with space": "invalid_name_specials",
        "dot.ted": "invalid_name_specials",
        "": "invalid_name_required",
        "---": "invalid_name_punctuation",
        "x" * 81: "invalid_name_maxlength",
    }

    found = {name: error("conversations.create", name=name)["error"] for name in refused}

    assert found == refused


def test_topics_have_a_length(error: Refused) -> None:
    assert error("conversations.setTopic", channel="C0INCIDENTS", topic="x" * 251)["error"] == "too_long"


def test_invite_names_who_cannot_come(slack: WebClient, error: Refused) -> None:
    channel = slack.conversations_create(name="team")["channel"]["id"]
    slack.conversations_invite(channel=channel, users=["U0ADA"])

    assert error("conversations.invite", channel=channel, users="U0ADA")["error"] == "already_in_channel"
    assert error("conversations.invite", channel=channel, users="U0RESPONSE")["error"] == "cant_invite_self"
    both = error("conversations.invite", channel=channel, users="U0NOBODY,U0GRACE")
    assert both["error"] == "user_not_found"
    assert both["errors"] == [{"user": "U0NOBODY", "ok": False, "error": "user_not_found"}]
    assert "U0GRACE" not in slack.conversations_members(channel=channel)["members"]

    forced = slack.conversations_invite(channel=channel, users="U0NOBODY,U0GRACE", force=True)

    assert forced["errors"][0]["user"] == "U0NOBODY"
    assert "U0GRACE" in slack.conversations_members(channel=channel)["members"]


def test_outside_a_channel_the_bot_can_do_nothing_in_it(sandbox: Sandbox, error: Refused) -> None:
    ts = sandbox.ada("message.send", channel="C0RANDOM", text="x")["ts"]

    assert error("conversations.history", channel="C0RANDOM")["error"] == "not_in_channel"
    assert error("conversations.setTopic", channel="C0RANDOM", topic="x")["error"] == "not_in_channel"
    assert error("conversations.invite", channel="C0RANDOM", users="U0ADA")["error"] == "not_in_channel"
    assert error("conversations.archive", channel="C0RANDOM")["error"] == "not_in_channel"
    assert error("pins.add", channel="C0RANDOM", timestamp=ts)["error"] == "not_in_channel"


def test_bot_hears_nothing_of_channels_it_is_not_in(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0GENERAL", text="hello @incident")

    sandbox.settle()
    assert app.received == []
    hint = sandbox.messages("general")[-1]
    assert hint["user"] == "USLACKBOT"
    assert hint["is_ephemeral"] is True


def test_join_and_leave(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    joined = slack.conversations_join(channel="C0RANDOM")
    again = slack.conversations_join(channel="C0RANDOM")

    assert joined["channel"]["is_member"] is True
    assert again["warning"] == "already_in_channel"
    slack.conversations_leave(channel="C0RANDOM")
    assert slack.conversations_leave(channel="C0RANDOM")["not_in_channel"] is True
    assert slack.conversations_info(channel="C0RANDOM")["channel"]["is_member"] is False


def test_rename_keeps_the_old_name_and_has_an_odd_event(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    channel = slack.conversations_create(name="before")["channel"]["id"]

    renamed = slack.conversations_rename(channel=channel, name="after")["channel"]

    assert renamed["previous_names"] == ["before"]
    sandbox.settle()
    (event,) = app.events("channel_rename")
    assert event["channel"]["name"] == "after"
    assert event["channel"]["id"] == channel


def test_private_channel_events_are_group_events(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    channel = slack.conversations_create(name="secret", is_private=True)["channel"]

    slack.conversations_rename(channel=channel["id"], name="secret-two")

    assert channel["is_private"] is True
    assert channel["is_group"] is True
    sandbox.settle()
    assert [event["channel_type"] for event in app.events("message")] == ["group", "group"]
    assert len(app.events("group_rename")) == 1
    assert app.events("channel_rename") == []


def test_archived_channel_refuses_changes(slack: WebClient, error: Refused) -> None:
    channel = slack.conversations_create(name="old")["channel"]["id"]
    slack.conversations_archive(channel=channel)

    assert error("conversations.archive", channel=channel)["error"] == "already_archived"
    assert error("conversations.setTopic", channel=channel, topic="x")["error"] == "is_archived"
    assert error("conversations.invite", channel=channel, users="U0ADA")["error"] == "is_archived"
    slack.conversations_unarchive(channel=channel)
    assert error("conversations.unarchive", channel=channel)["error"] == "not_archived"


def test_general_is_for_ever(slack: WebClient, error: Refused) -> None:
    slack.conversations_join(channel="C0GENERAL")

    assert error("conversations.archive", channel="C0GENERAL")["error"] == "cant_archive_general"
    assert error("conversations.leave", channel="C0GENERAL")["error"] == "cant_leave_general"
    assert error("conversations.kick", channel="C0GENERAL", user="U0ADA")["error"] == "cant_kick_from_general"


def test_lists_page_and_filter(slack: WebClient) -> None:
    slack.conversations_create(name="hidden", is_private=True)

    public = [one["name"] for page in slack.conversations_list(limit=3) for one in page["channels"]]
    private = slack.conversations_list(types="private_channel")["channels"]
    own = slack.users_conversations(types="public_channel,private_channel")["channels"]

    assert public == ["general", "random", "incidents", "support"]
    assert [one["name"] for one in private] == ["hidden"]
    assert [one["name"] for one in own] == ["incidents", "hidden"]


def test_direct_message_is_opened_once(slack: WebClient, error: Refused) -> None:
    first = slack.conversations_open(users="U0ADA")
    again = slack.conversations_open(users="U0ADA", return_im=True)

    assert again["already_open"] is True
    assert again["channel"]["id"] == first["channel"]["id"]
    assert again["channel"]["user"] == "U0ADA"
    assert error("conversations.open", users="U0NOBODY")["error"] == "user_not_found"
    assert error("conversations.open")["error"] == "users_list_not_supplied"


def test_message_in_a_direct_message_is_no_mention(sandbox: Sandbox, app: App) -> None:
    channel = sandbox.ada("channel.open_dm", users=["U0RESPONSE"])["channel"]["id"]

    sandbox.ada("message.send", channel=channel, text="hi @incident")

    sandbox.settle()
    (event,) = app.events("message")
    assert event["channel_type"] == "im"
    assert app.events("app_mention") == []


def test_bookmarks(slack: WebClient, error: Refused) -> None:
    where = {"channel_id": "C0INCIDENTS"}
    added = slack.bookmarks_add(**where, title="Document", type="link", link="https://example.com/1", emoji=":tada:")
    mark = added["bookmark"]["id"]

    slack.bookmarks_edit(**where, bookmark_id=mark, title="Paper")

    assert [one["title"] for one in slack.bookmarks_list(**where)["bookmarks"]] == ["Paper"]
    assert error("bookmarks.add", **where, title="x", type="link", link="nonsense")["error"] == "invalid_link"
    slack.bookmarks_remove(**where, bookmark_id=mark)
    assert error("bookmarks.remove", **where, bookmark_id=mark)["error"] == "not_found"


def test_people(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    ada = slack.users_info(user="U0ADA")["user"]
    assert ada["profile"]["email"] == "ada@example.com"
    assert ada["tz"] == "Europe/London"
    assert slack.users_lookupByEmail(email="grace@example.com")["user"]["id"] == "U0GRACE"
    assert error("users.lookupByEmail", email="no@example.com")["error"] == "users_not_found"

    new = sandbox.post("people", name="barbara", real_name="Barbara Liskov", tz="America/New_York")["user"]
    sandbox.post(f"people/{new['id']}", deleted=True)

    sandbox.settle()
    assert app.events("team_join")[0]["user"]["name"] == "barbara"
    assert app.events("user_change")[0]["user"]["deleted"] is True
    assert len([user for page in slack.users_list(limit=5) for user in page["members"]]) == 9


def test_user_groups(slack: WebClient, error: Refused) -> None:
    (group,) = slack.usergroups_list(include_users=True)["usergroups"]
    assert group["users"] == ["U0GRACE", "U0LINUS"]

    slack.usergroups_users_update(usergroup=group["id"], users=["U0ADA"])

    assert slack.usergroups_users_list(usergroup=group["id"])["users"] == ["U0ADA"]
    assert error("usergroups.create", name="On call")["error"] == "name_already_exists"


def test_files_are_uploaded_in_three_steps(sandbox: Sandbox, slack: WebClient) -> None:
    uploaded = slack.files_upload_v2(
        channel="C0INCIDENTS", content="hello", filename="notes.txt", initial_comment="see"
    )

    message = sandbox.messages("incidents")[-1]
    assert message["text"] == "see"
    assert message["files"][0]["id"] == uploaded["file"]["id"]
    assert sandbox.http.get(message["files"][0]["url_private"]).text == "hello"


@pytest.mark.parametrize("method", ["conversations.list", "users.conversations"])
def test_list_gives_fewer_than_a_thousand_channels_at_once(slack: WebClient, method: str) -> None:
    assert slack.api_call(method, params={"limit": 999})["ok"]
    with pytest.raises(SlackApiError, match="invalid_limit"):
        slack.api_call(method, params={"limit": 1000})


def test_person_archives_and_unarchives_by_hand(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    channel = slack.conversations_create(name="inc-1")["channel"]["id"]
    slack.conversations_invite(channel=channel, users="U0ADA")
    sandbox.ada("channel.archive", channel=channel)

    for method, args in {
        "chat.postMessage": {"text": "x"},
        "conversations.setTopic": {"topic": "x"},
        "conversations.invite": {"users": "U0GRACE"},
        "conversations.join": {},
    }.items():
        assert error(method, channel=channel, **args)["error"] == "is_archived"
    assert slack.conversations_info(channel=channel)["channel"]["is_archived"]
    sandbox.ada("channel.unarchive", channel=channel)

    slack.chat_postMessage(channel=channel, text="x")
    sandbox.settle()
    assert [event["user"] for event in app.events("channel_archive")] == ["U0ADA"]
    assert [event["user"] for event in app.events("channel_unarchive")] == ["U0ADA"]


@pytest.mark.parametrize(("private", "code"), [(False, "not_in_channel"), (True, "channel_not_found")])
def test_removed_app_is_not_in_the_channel_until_it_is_invited(
    sandbox: Sandbox, app: App, slack: WebClient, error: Refused, private: bool, code: str
) -> None:
    channel = slack.conversations_create(name="inc-1", is_private=private)["channel"]["id"]
    slack.conversations_invite(channel=channel, users="U0ADA")
    sandbox.ada("channel.kick", channel=channel, member="U0RESPONSE")

    assert error("chat.postMessage", channel=channel, text="x")["error"] == code
    assert error("conversations.setTopic", channel=channel, topic="x")["error"] == code
    if private:
        assert error("conversations.info", channel=channel)["error"] == code
        assert error("conversations.join", channel=channel)["error"] == code
    sandbox.ada("channel.invite", channel=channel, users=["U0RESPONSE"])

    slack.chat_postMessage(channel=channel, text="x")
    sandbox.settle()
    assert len(app.events("group_left" if private else "channel_left")) == 1
    joined = [event for event in app.events("member_joined_channel") if event["user"] == "U0RESPONSE"]
    assert joined[-1]["inviter"] == "U0ADA"


def test_shared_channel_has_another_id(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    channel = slack.conversations_create(name="inc-1")["channel"]["id"]
    slack.conversations_invite(channel=channel, users="U0ADA")
    said = slack.chat_postMessage(channel=channel, text="before")["ts"]
    shared = sandbox.ada("channel.share", channel=channel)["channel"]["id"]

    sandbox.settle()
    (event,) = app.events("channel_id_changed")
    assert (event["old_channel_id"], event["new_channel_id"]) == (channel, shared)
    assert error("chat.postMessage", channel=channel, text="x")["error"] == "channel_not_found"
    assert error("conversations.info", channel=channel)["error"] == "channel_not_found"
    slack.chat_update(channel=shared, ts=said, text="after")


def test_deleted_channel_is_gone(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    channel = slack.conversations_create(name="inc-1")["channel"]["id"]
    slack.conversations_invite(channel=channel, users="U0ADA")
    sandbox.ada("channel.delete", channel=channel)

    sandbox.settle()
    assert [event["channel"] for event in app.events("channel_deleted")] == [channel]
    assert error("chat.postMessage", channel=channel, text="x")["error"] == "channel_not_found"
    slack.conversations_create(name="inc-1")
