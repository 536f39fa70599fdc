"""Remove a text for good."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Schema
from pydantic import ConfigDict

from incidents import queries, redaction
from incidents.redaction import Redaction
from people.models import Person
from ui.api.door import WRITE, Call, api
from ui.api.shapes import EntryOut, Reason


class RedactionIn(Schema):
    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(description="The reason. It stays visible, so it must not repeat the text")


class RedactionOut(Schema):
    entry: EntryOut
    is_new: bool = Field(description="False if the text was already redacted")
    elsewhere: list[str] = Field(
        description="The addresses of people's own messages, which only their authors can delete"
    )
    others: int = Field(description="The number of other people's entries with the same text, which are not redacted")

    @classmethod
    def of(cls, done: Redaction) -> RedactionOut:
        return cls(
            entry=EntryOut.of(done.entry), is_new=done.is_new, elsewhere=list(done.elsewhere), others=done.others
        )


@api.post(
    "/incidents/{int:number}/timeline/{int:seq}/redaction",
    auth=WRITE,
    response=RedactionOut,
    summary="Redact the text of an entry and every copy",
)
def redact_entry(request: HttpRequest, number: int, seq: int, body: RedactionIn) -> RedactionOut:
    found = queries.incident(_viewer(request), number=number)
    entry = queries.entry(found, seq=seq)
    done = redaction.redact_entry(found, entry=entry, by=_viewer(request), reason=body.reason, at=timezone.now())
    return RedactionOut.of(done)


@api.post(
    "/incidents/{int:number}/actions/{int:action_id}/redaction",
    auth=WRITE,
    response=RedactionOut,
    summary="Redact the text of an action item and every copy",
)
def redact_action(request: HttpRequest, number: int, action_id: int, body: RedactionIn) -> RedactionOut:
    found = queries.incident(_viewer(request), number=number)
    action = queries.action(found, pk=action_id)
    done = redaction.redact_action(found, action=action, by=_viewer(request), reason=body.reason, at=timezone.now())
    return RedactionOut.of(done)


def _viewer(request: HttpRequest) -> Person:
    viewer: Person = cast(Call, request).auth.person
    return viewer
