import subprocess
import sys
from pathlib import Path
from typing import Any

from slack_sdk import WebClient

from tests.sandbox.conftest import ROOT, TOKEN, App, Sandbox, app_server, start_sandbox, stop


def test_restart_keeps_the_workspace(tmp_path: Path) -> None:
    arguments = ("--data-dir", str(tmp_path), "--app-url", "http://127.0.0.1:9/nobody")
    process, url = start_sandbox(*arguments)
    first = Sandbox(url)
    slack = WebClient(token=TOKEN, base_url=f"{url}api/")
    metadata = {"event_type": "thing", "event_payload": {"id": "1"}}
    channel = slack.conversations_create(name="inc-1")["channel"]["id"]
    slack.conversations_setTopic(channel=channel, topic="major")
    slack.bookmarks_add(channel_id=channel, title="Doc", type="link", link="https://example.com/")
    parent = slack.chat_postMessage(channel=channel, text="headline", metadata=metadata)["ts"]
    reply = slack.chat_postMessage(channel=channel, text="reply", thread_ts=parent)["ts"]
    slack.pins_add(channel=channel, timestamp=parent)
    slack.reactions_add(channel=channel, timestamp=reply, name="tada")
    slack.conversations_invite(channel=channel, users="U0ADA")
    slack.chat_postEphemeral(channel=channel, user="U0ADA", text="whisper")
    gone = slack.chat_postMessage(channel=channel, text="gone")["ts"]
    slack.chat_delete(channel=channel, ts=gone)
    before = first.messages("inc-1")
    stop(process)

    process, url = start_sandbox(*arguments)
    second = Sandbox(url)
    slack = WebClient(token=TOKEN, base_url=f"{url}api/")
    try:
        after = second.messages("inc-1")
        info = slack.conversations_info(channel=channel)["channel"]
        new = slack.conversations_create(name="inc-2")["channel"]["id"]
        (pin,) = slack.pins_list(channel=channel)["items"]
        (mark,) = slack.bookmarks_list(channel_id=channel)["bookmarks"]
    finally:
        stop(process)

    for message in (*before, *after):
        # Pictures have the port in their address.
        message.pop("bot_profile", None)
    assert after == before
    assert [one["text"] for one in after][-1] == "whisper"
    assert info["topic"]["value"] == "major"
    assert pin["message"]["ts"] == parent
    assert mark["title"] == "Doc"
    assert new != channel


def test_restart_keeps_open_dialogs_and_what_was_typed(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path))
    app = App()
    with app_server(app):
        process, url = start_sandbox(*data, "--app-url", app.url)
        sandbox, slack = Sandbox(url), WebClient(token=TOKEN, base_url=f"{url}api/")
        bottom = slack.views_open(trigger_id=_trigger(sandbox, app), view=_form("Bottom"))["view"]["id"]
        top = slack.views_push(trigger_id=_trigger(sandbox, app), view=_form("Top"))["view"]["id"]
        gone = slack.views_push(trigger_id=_trigger(sandbox, app), view=_form("Gone"))["view"]["id"]
        sandbox.ada("view.close", view_id=gone)
        typed = {"title": {"value": {"value": "half"}}}
        sandbox.ada("block.act", view_id=top, block_id="go", action_id="go", values=typed)
        stop(process)

        process, url = start_sandbox(*data, "--app-url", app.url)
        try:
            again = Sandbox(url)
            stack = again.get("views", user="U0ADA")["views"]
            again.ada("view.submit", view_id=top)
        finally:
            stop(process)

    assert [view["id"] for view in stack] == [bottom, top]
    assert stack[1]["state"]["values"]["title"]["value"]["value"] == "half"
    assert app.interactions("view_submission")[0]["view"]["root_view_id"] == bottom


def _trigger(sandbox: Sandbox, app: App) -> str:
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident")
    return app.received[-1].form["trigger_id"]


def _form(title: str) -> dict[str, Any]:
    def plain(text: str) -> dict[str, str]:
        return {"type": "plain_text", "text": text}

    asking = {"type": "input", "block_id": "title", "label": plain("Title")}
    element = {"type": "plain_text_input", "action_id": "value"}
    button = {"type": "button", "action_id": "go", "text": plain("Go")}
    blocks = [{**asking, "element": element}, {"type": "actions", "block_id": "go", "elements": [button]}]
    return {"type": "modal", "callback_id": "x", "title": plain(title), "submit": plain("Send"), "blocks": blocks}


def start_in_vain(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)


def test_only_this_machine_is_served() -> None:
    refused = start_in_vain("--host", "0.0.0.0")

    assert refused.returncode == 2
    assert "not a loopback address" in refused.stderr


def test_wrong_start_gets_one_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    taken = start_in_vain("--port", sandbox.url.strip("/").rpartition(":")[2])
    broken = tmp_path / "manifest.json"
    broken.write_text("{}")

    no_manifest = start_in_vain("--port", "0", "--manifest", str(broken))
    no_folder = start_in_vain("--port", "0", "--data-dir", str(broken))

    for ended, words in ((taken, "Choose another --port"), (no_manifest, "not an app manifest"), (no_folder, "cannot")):
        assert ended.returncode == 1
        assert words in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
