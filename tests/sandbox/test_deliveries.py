import time
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from tests.sandbox.conftest import SIGNING_SECRET, Answer, App, Received, Sandbox, ok


def failing(times: int, status: int = 500, headers: dict[str, str] | None = None) -> Callable[[Received], Answer]:
    """An answer that fails so many times, and is good afterwards."""
    left = [times]

    def answer(request: Received) -> Answer:
        left[0] -= 1
        return (status, headers or {}, "no") if left[0] >= 0 else ok(request)

    return answer


def retry_headers(app: App) -> list[tuple[str | None, str | None]]:
    return [(one.headers.get("X-Slack-Retry-Num"), one.headers.get("X-Slack-Retry-Reason")) for one in app.received]


def test_requests_are_signed_as_slack_signs(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")

    sandbox.settle()
    request = next(each for each in app.received if each.payload["event"].get("text") == "hi")
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert verifier.is_valid_request(request.body, request.headers)
    assert not verifier.is_valid_request(request.body + " ", request.headers)
    assert request.headers["User-Agent"].startswith("Slackbot")


def test_envelope_is_complete(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hey @incident")

    sandbox.settle()
    message, mention = (one.payload for one in app.received)
    assert (message["event"]["type"], mention["event"]["type"]) == ("message", "app_mention")
    assert message["event"]["channel_type"] == "channel"
    assert mention["event"]["text"] == "hey <@U0RESPONSE>"
    assert mention["event"]["ts"] == message["event"]["ts"]
    assert message["event_id"] != mention["event_id"]
    for envelope in (message, mention):
        assert envelope["type"] == "event_callback"
        assert envelope["api_app_id"] == "A0RESPONSE"
        assert envelope["team_id"] == "T0SANDBOX"
        assert envelope["authorizations"][0]["user_id"] == "U0RESPONSE"
        assert envelope["event_context"]
        assert abs(envelope["event_time"] - time.time()) < 30


def test_only_subscribed_events_with_their_scope_arrive(sandbox: Sandbox, app: App) -> None:
    manifest = sandbox.get("manifest")["manifest"]
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["app_mention", "pin_added"]
    manifest["oauth_config"]["scopes"]["bot"].remove("pins:read")
    warnings = sandbox.post("manifest", manifest=manifest)["warnings"]

    ts = sandbox.ada("message.send", channel="C0INCIDENTS", text="hey @incident")["ts"]
    sandbox.ada("pin.add", channel="C0INCIDENTS", ts=ts)

    sandbox.settle()
    assert [one.event["type"] for one in app.received] == ["app_mention"]
    assert len(warnings) == 1
    assert "pin_added" in warnings[0]


def test_failed_event_comes_again_at_once_then_after_a_minute_then_after_five(sandbox: Sandbox, app: App) -> None:
    app.answer = failing(3)
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")

    assert sandbox.settle()["waiting"] == 1
    assert retry_headers(app) == [(None, None), ("1", "http_error")]
    sandbox.post("clock", advance=61)
    sandbox.settle()
    assert retry_headers(app)[2:] == [("2", "http_error")]
    sandbox.post("clock", advance=240)
    sandbox.settle()
    assert len(app.received) == 3
    sandbox.post("clock", advance=61)
    assert sandbox.settle()["waiting"] == 0
    assert retry_headers(app)[3:] == [("3", "http_error")]
    assert len({one.payload["event_id"] for one in app.received}) == 1
    (delivery,) = sandbox.get("deliveries")["deliveries"]
    assert delivery["state"] == "delivered"
    assert [one["status"] for one in delivery["attempts"]] == [500, 500, 500, 200]


def test_event_is_given_up_after_three_retries(sandbox: Sandbox, app: App) -> None:
    app.answer = failing(99)
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")
    sandbox.settle()
    for seconds in (61, 301, 3600):
        sandbox.post("clock", advance=seconds)
        sandbox.settle()

    assert len(app.received) == 4
    assert sandbox.get("deliveries")["deliveries"][0]["state"] == "failed"


def test_no_retry_header_is_honoured(sandbox: Sandbox, app: App) -> None:
    app.answer = failing(9, headers={"X-Slack-No-Retry": "1"})

    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")

    assert sandbox.settle()["waiting"] == 0
    assert len(app.received) == 1


def test_slow_answer_counts_as_none(sandbox: Sandbox, app: App) -> None:
    def slow_once(request: Received) -> Answer:
        if len(app.received) == 1:
            time.sleep(0.5)
        return ok(request)

    assert sandbox.get("faults")["faults"]["patience"] == 3
    sandbox.post("faults", patience=0.3)
    app.answer = slow_once
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")

    sandbox.settle(timeout=10)
    assert retry_headers(app) == [(None, None), ("1", "http_timeout")]


def test_app_that_is_not_there(sandbox: Sandbox, app: App) -> None:
    sandbox.post("app", url="http://127.0.0.1:9/nobody")

    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")

    sandbox.settle()
    (delivery,) = sandbox.get("deliveries")["deliveries"]
    assert delivery["state"] == "waiting"
    assert [one["reason"] for one in delivery["attempts"]] == ["connection_failed"] * 2


def test_events_of_a_channel_arrive_in_order(sandbox: Sandbox, app: App) -> None:
    for number in range(30):
        sandbox.ada("message.send", channel="C0INCIDENTS", text=str(number))

    sandbox.settle()
    assert [event["text"] for event in app.events("message")] == [str(number) for number in range(30)]


def test_slow_app_does_not_hold_up_people(sandbox: Sandbox, app: App) -> None:
    def slow(request: Received) -> Answer:
        time.sleep(0.1)
        return ok(request)

    app.answer = slow
    started = time.perf_counter()

    for _ in range(10):
        sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")

    assert time.perf_counter() - started < 0.5
    sandbox.settle()
    assert len(app.received) == 10


def test_redelivery_is_the_same_event(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hi")
    sandbox.settle()
    (delivery,) = sandbox.get("deliveries")["deliveries"]

    sandbox.post(f"deliveries/{delivery['id']}/redeliver")

    sandbox.settle()
    first, second = app.received
    assert first.body == second.body


def test_any_event_can_be_made_up(sandbox: Sandbox, app: App) -> None:
    sandbox.post("event", event={"type": "app_uninstalled"})

    sandbox.settle()
    assert app.events("app_uninstalled")


def test_duplicate_lost_and_late_events(sandbox: Sandbox, app: App) -> None:
    sandbox.post("faults", deliveries={"duplicate": 1})
    sandbox.ada("message.send", channel="C0INCIDENTS", text="twice")
    sandbox.settle()
    assert len({one.payload["event_id"] for one in app.received}) == 1
    assert len(app.received) == 2

    sandbox.post("faults", deliveries={"drop": 1})
    sandbox.ada("message.send", channel="C0INCIDENTS", text="lost")
    sandbox.settle()
    assert len(app.received) == 2

    sandbox.post("faults", deliveries={"delay_ms": 150})
    started = time.perf_counter()
    sandbox.ada("message.send", channel="C0INCIDENTS", text="late")
    sandbox.settle()
    assert time.perf_counter() - started >= 0.15
    assert app.received[-1].event["text"] == "late"


def test_metadata_is_told_only_with_its_scope(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    metadata: dict[str, Any] = {"event_type": "thing", "event_payload": {"id": "1"}}
    slack.chat_postMessage(channel="C0INCIDENTS", text="x", metadata=metadata)
    manifest = sandbox.get("manifest")["manifest"]
    manifest["oauth_config"]["scopes"]["bot"].remove("metadata.message:read")
    sandbox.post("manifest", manifest=manifest)
    slack.chat_postMessage(channel="C0INCIDENTS", text="y", metadata=metadata)

    sandbox.settle()
    with_scope, without = app.events("message")
    assert with_scope["metadata"] == metadata
    assert "metadata" not in without
