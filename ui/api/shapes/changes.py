"""Define what is sent to change something."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict, StrictBool

from ui.api.shapes.types import FieldsIn, Key, KindName, Moment, Number, Seen, Somebody, StatusName, Text, Title


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class Declaration(_In):
    title: Title
    summary: Text = ""
    impact: Text = ""
    severity: Key | None = Field(None, description="The severity's key: see /severities")
    lead: Somebody | None = Field(None, description="A person's id or e-mail address")
    kind: KindName = "live"
    started_at: Moment | None = None
    private: StrictBool = False
    fields: FieldsIn = Field({}, description="Custom fields, by name: see /fields")


def _without_defaults(schema: dict[str, Any]) -> None:
    """Publish no default: a generated client would fill it in, and so change what was left out."""
    for each in schema["properties"].values():
        each.pop("default", None)


class Change(_In):
    """Fields that you leave out keep their values. Only custom fields can be cleared, with null."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    title: Title = ""
    summary: Text = ""
    impact: Text = ""
    severity: Key = ""
    lead: Somebody = ""
    kind: KindName = "live"
    status: StatusName = "investigating"
    started_at: Moment | None = None
    fields: FieldsIn = {}
    seen: Seen = Field({}, description="The incident's `seen` value when you read it")


class Ending(_In):
    final_update: Text = Field("", description="How the incident ended, in Markdown. Posted first, as the final update")
    fields: FieldsIn = Field({}, description="Custom fields, by name; some may be required to resolve")


class Cancellation(_In):
    final_update: Text = Field("", description="Why it was canceled, in Markdown. Posted first, as the final update")


class Merge(_In):
    into: Number = Field(description="The number of the incident where work continues")


class Note(_In):
    text: Text = Field(description="Markdown")
    happened_at: Moment | None = None


class Correction(_In):
    text: Text = Field(description="Markdown")
    happened_at: Moment | None = Field(default=None, description="When it happened; null keeps the recorded time")
    seen: Number | None = Field(
        default=None,
        description="The seq of the note's newest version that you know; the call is refused if there is a newer one",
    )


class Update(_In):
    text: Text = Field(description="Markdown")


class NewAction(_In):
    text: Text
    owner: Somebody | None = None
    priority: Literal["high", "normal", "low"] = "normal"
    type: Literal["fix", "follow_up", "investigate"] = "follow_up"
    due_at: Moment | None = None
