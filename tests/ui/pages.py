"""Read pages as people do."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Protocol


class Answer(Protocol):
    """What came back, from a test client or a view."""

    status_code: int

    @property
    def content(self) -> bytes: ...


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._unseen += tag in ("script", "style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("script", "style", "title")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader


def text(answer: Answer) -> str:
    """Return the words of a page, with single spaces."""
    return " ".join(" ".join(_read(answer.content.decode()).words).split())


def tags(answer: Answer, name: str = "") -> list[tuple[str, dict[str, str | None]]]:
    """Return tags, in order, as a parser finds them: all, or those of that name."""
    return [tag for tag in _read(answer.content.decode()).tags if name in ("", tag[0])]


def value(answer: Answer, name: str) -> str:
    """Return what the field of that name would send, had nobody touched it."""
    html = answer.content.decode()
    area = re.search(rf'<textarea name="{name}"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL)
    if area:
        return _unescaped(area.group(1))
    chosen = re.search(rf'<select name="{name}".*?</select>', html, re.DOTALL)
    if chosen:
        return next((str(each["value"]) for _, each in _read(chosen.group()).tags if "selected" in each), "")
    fields = [each for _, each in tags(answer, "input") if each.get("name") == name]
    if fields and fields[0].get("type") == "radio":
        return next(str(each["value"]) for each in fields if "checked" in each)
    return fields[0].get("value") or ""


def _unescaped(html: str) -> str:
    return "".join(_read(html).words)


def fields(answer: Answer) -> dict[str, str]:
    """Return what the big form on the page would send, had nobody touched it."""
    names = {each["name"] for tag, each in tags(answer) if tag in ("input", "select", "textarea") and each.get("name")}
    return {str(name): value(answer, str(name)) for name in names - {"csrfmiddlewaretoken"}}
