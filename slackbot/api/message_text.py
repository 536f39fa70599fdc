"""Everything that a message says, wherever Slack has it: in its text, blocks, attachments, and names of files.

People's messages have a text. Alerts often have none, or one for notifications only: their visible content is in blocks
and attachments.
https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from incidents.texts import line_in_markdown
from slackbot.api.mrkdwn import (
    MARKDOWN,
    PLAIN,
    UNKNOWN_CHANNEL,
    UNKNOWN_GROUP,
    UNKNOWN_PERSON,
    Notation,
    mentioned,
    quoted,
    to_markdown,
    to_plain,
    words_to_markdown,
)

Json = Mapping[str, Any]
STYLES: Final = {"bold": "*", "italic": "_", "strike": "~"}
NAMED: Final = {"user": "user_id", "channel": "channel_id", "usergroup": "usergroup_id"}  # elements of `rich_text`
TOMBSTONE: Final = "tombstone"
DEPTH: Final = 10  # of nested lists and attachments


def markdown_of(message: Json, *, names: Mapping[str, str]) -> str:
    """Return everything that a message says, as Markdown."""
    return _Markdown(names).message(message)


def plain_words_of(message: Json, *, names: Mapping[str, str]) -> str:
    """Return everything that a message says, without markup."""
    return _Plain(names).message(message)


def ids_in(value: Any) -> list[str]:
    """Return the Slack ids of the people, channels and groups that a message names, including those in blocks."""
    found = list(_ids_in(value, depth=3 * DEPTH))
    return list(dict.fromkeys(found))


def is_deleted(message: Json) -> bool:
    """Return whether only a tombstone is left, as Slack leaves for a deleted message with replies."""
    return message.get("subtype") == TOMBSTONE


def bot_name(message: Json) -> str:
    """Return the name under which an app posted it; "" if a person did."""
    if not message.get("bot_id"):
        return ""
    profile = message.get("bot_profile")
    named = profile.get("name") if isinstance(profile, Mapping) else ""
    return str(message.get("username") or named or "an app")


def _ids_in(value: Any, *, depth: int) -> Iterator[str]:
    if depth and isinstance(value, str):
        yield from mentioned(value)
    elif depth and isinstance(value, Mapping):
        if isinstance(named := value.get(NAMED.get(str(value.get("type")), "")), str):
            yield named
        for each in value.values():
            yield from _ids_in(each, depth=depth - 1)
    elif depth and isinstance(value, list):
        for each in value:
            yield from _ids_in(each, depth=depth - 1)


class _Reader:
    """Read a message part by part. Subclasses define the notation."""

    notation: Notation

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def mrkdwn(self, text: str) -> str:
        raise NotImplementedError

    def words(self, text: str) -> str:
        raise NotImplementedError

    def strong(self, words: str) -> str:
        raise NotImplementedError

    def fence(self, text: str) -> str:
        raise NotImplementedError

    def quote(self, text: str) -> str:
        raise NotImplementedError

    def message(self, message: Json) -> str:
        text = _text(message, "text")
        # People's words are in both. An app's text only replaces its blocks in notifications.
        shows_text = text.strip() and not message.get("bot_id")
        said = self.mrkdwn(text) if shows_text else self._blocks(message.get("blocks"), DEPTH) or self.mrkdwn(text)
        attached = [self._attachment(each, DEPTH) for each in _objects(message.get("attachments"))]
        if not said and not any(attached):
            return self._files(message)
        return _paragraphs([said, *attached])

    def _files(self, message: Json) -> str:
        names = [_text(each, "title") or _text(each, "name") for each in _objects(message.get("files"))]
        return "\n".join(self.words(name) for name in names if name)

    # Attachments

    def _attachment(self, attachment: Json, depth: int) -> str:
        """Return what an attachment says: an alert's card, or the preview of a link."""
        if not depth:
            return ""
        title, url = _text(attachment, "title"), _text(attachment, "title_link") or _text(attachment, "from_url")
        linked = self.notation.link(url, title) if title and url else self.strong(title) if title else ""
        fields = [self._field(each) for each in _objects(attachment.get("fields"))]
        parts = [
            self.mrkdwn(_text(attachment, "pretext")),
            self.words(_text(attachment, "author_name")),
            linked,
            self._blocks(attachment.get("blocks"), depth - 1),
            self._message_blocks(attachment, depth),
            self.mrkdwn(_text(attachment, "text")),
            "\n".join(filter(None, fields)),
        ]
        fallback = _text(attachment, "fallback")
        return _paragraphs(parts) or ("" if fallback.startswith("[no preview") else self.mrkdwn(fallback))

    def _message_blocks(self, attachment: Json, depth: int) -> str:
        """Return the blocks of a message that somebody shared."""
        shared = [each.get("message") for each in _objects(attachment.get("message_blocks"))]
        return _paragraphs(
            [self._blocks(each.get("blocks"), depth - 1) for each in shared if isinstance(each, Mapping)]
        )

    def _field(self, field: Json) -> str:
        title, value = self.words(_text(field, "title")), self.mrkdwn(_text(field, "value"))
        return ": ".join(filter(None, [title, value]))

    # Blocks

    def _blocks(self, blocks: Any, depth: int) -> str:
        return _paragraphs([self._block(each, depth) for each in _objects(blocks)]) if depth > 0 else ""

    def _block(self, block: Json, depth: int) -> str:
        match block.get("type"):
            case "section":
                fields = [self._text_object(each) for each in _objects(block.get("fields"))]
                return "\n".join(filter(None, [self._text_object(block.get("text")), *fields]))
            case "header":
                return self.strong(_text(_object(block.get("text")), "text"))
            case "context":
                said = (self._text_object(each) or _text(each, "alt_text") for each in _objects(block.get("elements")))
                return " ".join(filter(None, said))
            case "markdown":
                return self.markdown(_text(block, "text"))
            case "image" | "video":
                return self._text_object(block.get("title")) or self.words(_text(block, "alt_text"))
            case "rich_text":
                return self._rich_text(block, depth)
            case "table":
                return "\n".join(self._row(row, depth) for row in block.get("rows") or [] if isinstance(row, list))
        return ""

    def markdown(self, text: str) -> str:
        raise NotImplementedError

    def _row(self, row: Sequence[Any], depth: int) -> str:
        cells = [self.words(_text(each, "text")) or self._block(each, depth - 1) for each in _objects(row)]
        return " · ".join(filter(None, cells))

    def _text_object(self, text: Any) -> str:
        found = _object(text)
        read: Callable[[str], str] = self.mrkdwn if found.get("type") == "mrkdwn" else self.words
        return read(_text(found, "text")) if found.get("type") in ("mrkdwn", "plain_text") else ""

    def _rich_text(self, block: Json, depth: int) -> str:
        return "\n".join(filter(None, (self._rich_part(each, depth) for each in _objects(block.get("elements")))))

    def _rich_part(self, part: Json, depth: int) -> str:
        if not depth:
            return ""
        match part.get("type"):
            case "rich_text_section":
                return self.line(self._inline(part))
            case "rich_text_quote":
                return self.quote(self._inline(part))
            case "rich_text_preformatted":
                return self.fence("".join(self._raw(each) for each in _objects(part.get("elements"))))
            case "rich_text_list":
                indent = "    " * min(int(part.get("indent") or 0), DEPTH)
                is_ordered, first = part.get("style") == "ordered", int(part.get("offset") or 0) + 1
                items = [self._inline(each) for each in _objects(part.get("elements"))]
                marks = [f"{first + place}." if is_ordered else self.BULLET for place in range(len(items))]
                return "\n".join(f"{indent}{mark} {item}" for mark, item in zip(marks, items, strict=True))
        return ""

    BULLET: str = "•"

    def line(self, text: str) -> str:
        return text

    def _inline(self, part: Json) -> str:
        """Return the words with their styles: neighbours of the same style share one pair of marks."""
        parts: list[tuple[str, str]] = []
        for style, elements in groupby(_objects(part.get("elements")), key=_style):
            written = self.notation.joined([each for each in map(self._element, elements) if each[1]])
            inner = written.strip()
            if not style or not inner or "\n" in inner:
                parts.append(("words", written))
                continue
            styled = inner
            for mark in style:
                styled = self.notation.styled(mark, styled)
            start = written.index(inner)
            parts += [("words", written[:start]), ("style", styled), ("words", written[start + len(inner) :])]
        return self.notation.joined([(kind, text) for kind, text in parts if text])

    def _element(self, element: Json) -> tuple[str, str]:
        raw = self._raw(element)
        if element.get("type") == "link":
            return "token", self.notation.link(_text(element, "url"), _text(element, "text"))
        if _object(element.get("style")).get("code") and raw.strip() and not {"\n", "`"} & set(raw):
            return "code", self.notation.code(raw)
        return "words", self.notation.words(raw)

    def _raw(self, element: Json) -> str:
        match element.get("type"):
            case "text":
                return _text(element, "text")
            case "link":
                return _text(element, "text") or _text(element, "url")
            case "emoji":
                return f":{_text(element, 'name')}:"
            case "user":
                return "@" + (self.names.get(_text(element, "user_id")) or UNKNOWN_PERSON)
            case "channel":
                return "#" + (self.names.get(_text(element, "channel_id")) or UNKNOWN_CHANNEL)
            case "usergroup":
                return "@" + (self.names.get(_text(element, "usergroup_id")) or UNKNOWN_GROUP)
            case "broadcast":
                return f"@{_text(element, 'range')}"
            case "date":
                return _text(element, "fallback") or _moment(element.get("timestamp"))
            case "color":
                return _text(element, "value")
        return ""


class _Markdown(_Reader):
    notation = MARKDOWN
    BULLET = "-"

    def mrkdwn(self, text: str) -> str:
        return to_markdown(text, names=self.names)

    def words(self, text: str) -> str:
        return words_to_markdown(text)

    def strong(self, words: str) -> str:
        return self.notation.styled("*", self.notation.words(" ".join(words.split()))) if words.strip() else ""

    def fence(self, text: str) -> str:
        return f"```\n{text.strip(chr(10))}\n```"

    def quote(self, text: str) -> str:
        return quoted(text)

    def line(self, text: str) -> str:
        return "\n".join(line_in_markdown(line) for line in text.strip("\n").split("\n"))

    def markdown(self, text: str) -> str:
        return text


class _Plain(_Reader):
    notation = PLAIN

    def mrkdwn(self, text: str) -> str:
        return to_plain(text, names=self.names)

    def words(self, text: str) -> str:
        return self.notation.words(text)

    def strong(self, words: str) -> str:
        return self.words(words)

    def fence(self, text: str) -> str:
        return text

    def quote(self, text: str) -> str:
        return text

    def markdown(self, text: str) -> str:
        return text


def _style(element: Json) -> tuple[str, ...]:
    style = _object(element.get("style"))
    return tuple(mark for name, mark in STYLES.items() if style.get(name))


def _paragraphs(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def _text(of: Json, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _moment(timestamp: Any) -> str:
    try:
        return f"{datetime.fromtimestamp(int(timestamp), tz=UTC):%Y-%m-%d %H:%M} UTC"
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
