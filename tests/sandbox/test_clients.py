"""What the face and the scripted people use: verbs, the WebSocket, what one sees."""

import asyncio
import json
from typing import Any

import aiohttp
import httpx
from slack_sdk import WebClient

from tests.sandbox.conftest import App, Sandbox


def typed(sandbox: Sandbox, text: str) -> str:
    sent: str = sandbox.ada("message.send", channel="C0RANDOM", text=text)["message"]["text"]
    return sent


def test_typed_text_becomes_tokens(sandbox: Sandbox) -> None:
    expected = {
        "hi @grace": "hi <@U0GRACE>",
        "hi @Grace Hopper!": "hi <@U0GRACE>!",
        "@gracefully": "@gracefully",
        "mail ada@example.com": "mail <mailto:ada@example.com|ada@example.com>",
        "@here and @oncall": "<!here> and <!subteam^S0ONCALL|@oncall>",
        "see #general.": "see <#C0GENERAL|general>.",
        "#nowhere": "#nowhere",
        "a < b & c": "a &lt; b &amp; c",
        "<!channel>": "<!channel>",
        "https://a.b/c?x=1&y=2, ok": "<https://a.b/c?x=1&amp;y=2>, ok",
        "`@grace <x>`": "`@grace &lt;x&gt;`",
        "<@U0ADA> stays": "<@U0ADA> stays",
    }

    assert {text: typed(sandbox, text) for text in expected} == expected


def test_edit_box_shows_what_was_typed(sandbox: Sandbox) -> None:
    text = "hi @grace, see #general & https://a.b/c?x=1&y=2 @here"
    ts = sandbox.ada("message.send", channel="C0RANDOM", text=text)["ts"]

    assert sandbox.ada("draft.text", channel="C0RANDOM", ts=ts)["text"] == text


def test_written_text_has_a_rich_text_block(sandbox: Sandbox) -> None:
    message = sandbox.ada("message.send", channel="C0RANDOM", text="*hey* @grace :tada:\n> so\n```x < y```")["message"]

    (block,) = message["blocks"]
    section, quote, code = block["elements"]
    assert section["elements"][0] == {"type": "text", "text": "hey", "style": {"bold": True}}
    assert {"type": "user", "user_id": "U0GRACE"} in section["elements"]
    assert {"type": "emoji", "name": "tada"} in section["elements"]
    assert quote["type"] == "rich_text_quote"
    assert code == {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x < y"}]}


def test_boot_shows_what_one_may_see(sandbox: Sandbox, slack: WebClient) -> None:
    secret = slack.conversations_create(name="secret", is_private=True)["channel"]["id"]
    slack.conversations_invite(channel=secret, users="U0ADA")

    ada, grace = sandbox.ada("boot"), sandbox.does("U0GRACE", "boot")

    assert secret in [one["id"] for one in ada["channels"]]
    assert secret not in [one["id"] for one in grace["channels"]]
    assert [one["command"] for one in ada["commands"]] == ["/incident"]
    assert {"U0ADA", "U0RESPONSE", "USLACKBOT"} <= {one["id"] for one in ada["users"]}
    assert ada["emoji"]["white_check_mark"] == "✅"


def test_unread_counts_until_read(sandbox: Sandbox) -> None:
    def general() -> dict[str, Any]:
        channels = sandbox.does("U0GRACE", "boot")["channels"]
        return next(one for one in channels if one["id"] == "C0GENERAL")

    sandbox.ada("message.send", channel="C0GENERAL", text="one")
    last = sandbox.ada("message.send", channel="C0GENERAL", text="two @grace")["ts"]
    assert (general()["unread"], general()["mentions"]) == (2, 1)

    sandbox.does("U0GRACE", "channel.mark_read", channel="C0GENERAL", ts=last)

    assert (general()["unread"], general()["mentions"]) == (0, 0)


def test_history_of_a_person_pages_both_ways(sandbox: Sandbox) -> None:
    ts = [sandbox.ada("message.send", channel="C0RANDOM", text=str(number))["ts"] for number in range(10)]

    def texts(**query: Any) -> list[str]:
        return [one["text"] for one in sandbox.ada("history", channel="C0RANDOM", **query)["messages"]]

    assert texts(limit=3) == ["7", "8", "9"]
    assert texts(limit=3, before=ts[7]) == ["4", "5", "6"]
    assert texts(limit=3, after=ts[2]) == ["3", "4", "5"]
    assert texts(limit=3, around=ts[5]) == ["4", "5", "6"]


def test_refusals_are_sentences(sandbox: Sandbox) -> None:
    refused = [
        sandbox.does("U0NOBODY", "boot"),
        sandbox.ada("boot") and sandbox.does("U0ADA", "history", channel="C0NOWHERE"),
        sandbox.does("U0ADA", "message.send", channel="C0GENERAL", text="  "),
        sandbox.does("U0ADA", "channel.create", name="general"),
        sandbox.does("U0ADA", "message.edit", channel="C0GENERAL", ts="1.000000", text="x"),
        sandbox.does("U0GRACE", "message.send", channel="C0SUPPORT", text="x"),
    ]

    assert all(not one["ok"] and one["error"].endswith(".") for one in refused), refused


def test_strangers_cannot_read_a_private_channel(sandbox: Sandbox) -> None:
    where = sandbox.ada("channel.create", name="secret", private=True)["channel"]["id"]
    ts = sandbox.ada("message.send", channel=where, text="secret")["ts"]

    attempts = [
        sandbox.does("U0GRACE", "history", channel=where),
        sandbox.does("U0GRACE", "thread", channel=where, ts=ts),
        sandbox.does("U0GRACE", "message.send", channel=where, text="x"),
        sandbox.does("U0GRACE", "channel.join", channel=where),
    ]

    assert not any(one["ok"] for one in attempts)
    assert sandbox.does("U0GRACE", "search.messages", query="secret")["messages"] == []


def test_websocket_pushes_what_one_may_see(sandbox: Sandbox) -> None:
    async def watch() -> list[dict[str, Any]]:
        pushed: list[dict[str, Any]] = []
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{sandbox.url}client/ws?user=U0GRACE") as socket,
        ):
            await socket.receive_json()
            await asyncio.to_thread(_some_life, sandbox)
            while not pushed or pushed[-1].get("message", {}).get("text") != "the end":
                pushed.append(await asyncio.wait_for(socket.receive_json(), 5))
        return pushed

    pushed = asyncio.run(watch())

    assert [one["seq"] for one in pushed] == list(range(1, len(pushed) + 1))
    assert "secret" not in json.dumps(pushed)
    types = [one["type"] for one in pushed]
    for expected in ("message", "message_changed", "reaction", "pin", "channel", "unread", "ephemeral", "typing"):
        assert expected in types
    assert next(one for one in pushed if one["type"] == "unread")["channel"] == "C0GENERAL"


def _some_life(sandbox: Sandbox) -> None:
    where = sandbox.ada("channel.create", name="secret", private=True)["channel"]["id"]
    sandbox.ada("message.send", channel=where, text="secret")
    ts = sandbox.ada("message.send", channel="C0GENERAL", text="hello")["ts"]
    sandbox.ada("reaction.add", channel="C0GENERAL", ts=ts, name="tada")
    sandbox.ada("pin.add", channel="C0GENERAL", ts=ts)
    sandbox.ada("typing", channel="C0GENERAL")
    sandbox.ada("channel.set_topic", channel="C0GENERAL", text="busy")
    slack = WebClient(token="xoxb-sandbox-token", base_url=f"{sandbox.url}api/")
    slack.chat_postEphemeral(channel="C0INCIDENTS", user="U0GRACE", text="for you")
    sandbox.ada("message.send", channel="C0GENERAL", text="the end")


def test_under_the_hood_shows_calls_and_deliveries(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    async def watch() -> list[str]:
        seen: list[str] = []
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{sandbox.url}client/ws?user=U0GRACE&hood=1") as socket,
        ):
            await asyncio.to_thread(slack.chat_postMessage, channel="C0INCIDENTS", text="x")
            while "delivered" not in seen:
                push = await asyncio.wait_for(socket.receive_json(), 5)
                if push["type"] == "call":
                    seen.append(push["call"]["method"])
                if push["type"] == "delivery":
                    seen.append(push["delivery"]["state"])
        return seen

    seen = asyncio.run(watch())

    assert "chat.postMessage" in seen
    assert [one for one in seen if "." not in one] == ["queued", "in_flight", "delivered"]


def test_other_web_sites_cannot_act_in_it(sandbox: Sandbox) -> None:
    body = {"user": "U0ADA", "channel": "C0GENERAL", "text": "x"}

    crossed = sandbox.http.post("client/message.send", json=body, headers={"Origin": "https://evil.example"})
    rebound = sandbox.http.post("client/message.send", json=body, headers={"Host": "evil.example"})

    assert (crossed.status_code, rebound.status_code) == (403, 403)
    assert sandbox.messages("general") == []


def test_snapshot_brings_everything_back(sandbox: Sandbox) -> None:
    sandbox.ada("message.send", channel="C0GENERAL", text="kept")
    sandbox.post("snapshot", name="before")
    sandbox.ada("message.send", channel="C0GENERAL", text="forgotten")

    sandbox.post("restore", name="before")

    assert [one["text"] for one in sandbox.messages("general")] == ["kept"]


def test_reset_is_quick_and_whole(sandbox: Sandbox, slack: WebClient) -> None:
    slack.conversations_create(name="extra")
    sandbox.post("faults", latency_ms=5)
    sandbox.post("clock", advance=3600)

    sandbox.post("reset")

    assert [one["name"] for one in sandbox.get("channels")["channels"]] == ["general", "random", "incidents", "support"]
    assert sandbox.get("faults")["faults"]["latency_ms"] == 0
    assert sandbox.get("calls")["calls"] == []


def test_avatars_are_drawn(sandbox: Sandbox) -> None:
    picture = httpx.get(f"{sandbox.url}avatars/U0ADA.svg")

    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert ">AL</text>" in picture.text
