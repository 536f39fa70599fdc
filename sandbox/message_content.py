"""What an app may put into a message, from the arguments of the Web API, a `response_url` or a command's answer."""

from typing import Any

from sandbox.blocks import checked_message_blocks
from sandbox.errors import SlackError
from sandbox.limits import LIMITS
from sandbox.pushes import dump
from sandbox.workspace import Json


def checked_content(raw: Json, *, text_limit: str = "message text") -> Json:
    """Return text, blocks, attachments and metadata, checked. Raises `SlackError`."""
    text = _checked_text(raw, text_limit)
    blocks = checked_message_blocks(raw["blocks"]) if raw.get("blocks") else []
    attachments = _checked_attachments(raw.get("attachments"))
    if raw.get("markdown_text"):
        if raw.get("text") or blocks:
            raise SlackError("markdown_text_conflict")
        text = raw["markdown_text"]
        blocks = checked_message_blocks([{"type": "markdown", "text": text}])
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    return {
        "text": text,
        "blocks": blocks,
        "attachments": attachments,
        "metadata": _checked_metadata(raw.get("metadata")),
    }


def _checked_text(raw: Json, limit: str) -> str:
    text = raw.get("text") or ""
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", "[ERROR] must provide a string [json-pointer:/text]")
    if len(text) > LIMITS[limit].most or len(raw.get("markdown_text") or "") > LIMITS["markdown text"].most:
        raise SlackError("msg_too_long")
    return text


def _checked_attachments(raw: Any) -> list[Json]:
    if not raw:
        return []
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise SlackError("invalid_attachments")
    if len(raw) > LIMITS["attachments of a message"].most:
        raise SlackError("too_many_attachments")
    checked = []
    for number, one in enumerate(raw, start=1):
        attachment = {"id": number, **one}
        if one.get("blocks"):
            attachment["blocks"] = checked_message_blocks(one["blocks"])
        attachment.setdefault("fallback", one.get("text") or "[no preview available]")
        if isinstance(one.get("color"), str):
            attachment["color"] = one["color"].removeprefix("#")
        checked.append(attachment)
    return checked


def _checked_metadata(raw: Any) -> Json | None:
    if not raw:
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(raw.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(dump(raw)) > LIMITS["message metadata"].most:
        raise SlackError("metadata_too_large")
    return {"event_type": raw["event_type"], "event_payload": raw["event_payload"]}
