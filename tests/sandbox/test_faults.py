import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.sandbox.conftest import TOKEN, Sandbox

Refused = Callable[..., dict[str, Any]]


def post(sandbox: Sandbox, text: str = "x", channel: str = "C0INCIDENTS") -> httpx.Response:
    return sandbox.http.post(
        "api/chat.postMessage",
        data={"channel": channel, "text": text},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


def texts(sandbox: Sandbox) -> list[str]:
    return [one["text"] for one in sandbox.messages("incidents")]


def test_rate_limit_on_order_does_nothing_and_says_when(sandbox: Sandbox) -> None:
    sandbox.post("faults", rules=[{"method": "chat.*", "fault": "ratelimited", "retry_after": 7, "times": 2}])

    answers = [post(sandbox, str(number)) for number in range(3)]

    assert [one.status_code for one in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json() == {"ok": False, "error": "ratelimited"}
    assert texts(sandbox) == ["2"]


def test_server_error_before_and_after_the_act(sandbox: Sandbox) -> None:
    sandbox.post(
        "faults",
        rules=[{"fault": "server_error", "times": 1}, {"fault": "server_error_after", "times": 1}],
    )

    answers = [post(sandbox, "before"), post(sandbox, "after"), post(sandbox, "fine")]

    assert [one.status_code for one in answers] == [500, 500, 200]
    assert texts(sandbox) == ["after", "fine"]


def test_lost_answer_is_acted_on_and_lost_request_is_not(sandbox: Sandbox) -> None:
    sandbox.post("faults", rules=[{"fault": "lost_answer", "times": 1}, {"fault": "lost_request", "times": 1}])

    for text in ("answer lost", "request lost"):
        with pytest.raises(httpx.HTTPError):
            post(sandbox, text)

    assert texts(sandbox) == ["answer lost"]


def test_hang_slow_and_garbage(sandbox: Sandbox) -> None:
    sandbox.post(
        "faults",
        rules=[
            {"fault": "hang", "seconds": 0.2, "times": 1},
            {"fault": "slow", "seconds": 0.2, "times": 1},
            {"fault": "garbage", "times": 1},
        ],
    )

    with pytest.raises(httpx.HTTPError):
        post(sandbox, "hung")
    started = time.perf_counter()
    assert post(sandbox, "slow").json()["ok"]
    assert time.perf_counter() - started > 0.2
    assert post(sandbox, "garbled").headers["Content-Type"].startswith("text/html")
    assert texts(sandbox) == ["slow", "garbled"]


def test_rules_aim_at_methods_and_channels(sandbox: Sandbox, slack: WebClient) -> None:
    other = slack.conversations_create(name="other")["channel"]["id"]
    sandbox.post(
        "faults",
        rules=[{"method": "chat.postMessage", "channel": other, "fault": "error:restricted_action", "skip": 1}],
    )

    assert post(sandbox, channel=other).json()["ok"]
    assert post(sandbox, channel=other).json()["error"] == "restricted_action"
    assert post(sandbox).json()["ok"]
    assert slack.auth_test()["ok"]


def test_a_rule_aims_at_arguments(sandbox: Sandbox) -> None:
    sandbox.post("faults", rules=[{"fault": "error:no_permission", "args": {"text": "this one"}}])

    assert post(sandbox, "this one").json()["error"] == "no_permission"
    assert post(sandbox, "that one").json()["ok"]


@pytest.mark.parametrize("code", ["team_added_to_org", "a_code_of_tomorrow"])
def test_any_code_is_answered_for_a_time_and_nothing_is_done(sandbox: Sandbox, code: str) -> None:
    sandbox.post("faults", rules=[{"method": "chat.*", "fault": f"error:{code}", "lasts": 300}])

    early = post(sandbox, "early").json()
    sandbox.post("clock", advance=299)
    still = post(sandbox, "still early").json()
    sandbox.post("clock", advance=1)
    late = post(sandbox, "late").json()

    assert [early, still] == [{"ok": False, "error": code}] * 2
    assert late["ok"]
    assert texts(sandbox) == ["late"]


def test_latency_down_and_revoked(sandbox: Sandbox, error: Refused) -> None:
    sandbox.post("faults", latency_ms=120)
    started = time.perf_counter()
    post(sandbox)
    assert time.perf_counter() - started > 0.12
    sandbox.post("faults", clear=True, down=True)
    assert post(sandbox, "down").status_code == 503
    sandbox.post("faults", down=False, token_revoked=True)
    assert error("auth.test")["error"] == "token_revoked"
    assert texts(sandbox) == ["x"]


def test_wrong_faults_are_refused(sandbox: Sandbox) -> None:
    wrong: list[dict[str, Any]] = [
        {"hiccups": 1},
        {"rules": [{"fault": "explodes"}]},
        {"rules": [{"fault": "hang", "where": "here"}]},
        {"enforce_rates": "sometimes"},
        {"deliveries": {"eaten": 1}},
    ]

    answers = [sandbox.http.post("sandbox/faults", json=one) for one in wrong]

    assert [one.status_code for one in answers] == [400] * 5
    assert sandbox.get("faults")["faults"]["rules"] == []


def test_twenty_first_topic_in_a_minute_is_too_much(sandbox: Sandbox, slack: WebClient) -> None:
    for number in range(20):
        slack.conversations_setTopic(channel="C0INCIDENTS", topic=str(number))

    with pytest.raises(SlackApiError) as refused:
        slack.conversations_setTopic(channel="C0INCIDENTS", topic="20")

    answer = refused.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    wait = int(answer.headers["Retry-After"])
    assert 50 < wait <= 60
    sandbox.post("clock", advance=wait)
    slack.conversations_setTopic(channel="C0INCIDENTS", topic="20")


def test_rates_can_be_switched_off(sandbox: Sandbox, slack: WebClient) -> None:
    sandbox.post("faults", enforce_rates="off")

    for number in range(25):
        slack.conversations_setTopic(channel="C0INCIDENTS", topic=str(number))


def test_posting_is_limited_per_channel_when_wanted(sandbox: Sandbox, slack: WebClient) -> None:
    other = slack.conversations_create(name="other")["channel"]["id"]
    sandbox.post("faults", enforce_rates="all")

    statuses = [post(sandbox).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert post(sandbox, channel=other).status_code == 200
    sandbox.post("clock", advance=1)
    assert post(sandbox).status_code == 200


def test_calls_are_remembered_without_the_token(sandbox: Sandbox, error: Refused) -> None:
    post(sandbox, "remember me")
    error("chat.postMessage", channel="C0NOWHERE", text="x")

    good, bad = sandbox.get("calls", method="chat.postMessage")["calls"]

    assert good["args"] == {"channel": "C0INCIDENTS", "text": "remember me"}
    assert (good["ok"], good["error"], good["http_status"]) == (True, None, 200)
    assert (bad["ok"], bad["error"]) == (False, "channel_not_found")
    assert TOKEN not in str(sandbox.get("calls"))
