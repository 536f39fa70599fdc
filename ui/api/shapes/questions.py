"""Define what one can ask for in a query."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import BeforeValidator

from ui.api.shapes.types import (
    MOST_KEYS,
    MOST_ON_A_PAGE,
    KindName,
    QueryBool,
    QueryDay,
    QueryLength,
    QueryNumber,
    QuerySeq,
    Words,
    digits,
)

ON_A_PAGE = 50
MOST_PEOPLE = 1000


class Skipped(Schema):
    skip: QuerySeq = Field(0, description="How many to leave out: see `next`")
    limit: QueryLength = MOST_ON_A_PAGE


class Asked(Schema):
    q: Words = Field("", description="Words in reference, title or summary")
    open: QueryBool | None = None
    status: Words = Field("", description="One or more, with commas")
    severity: Words = Field("", description="Keys of one or more, with commas")
    kind: KindName | None = None
    field: list[Words] = Field(
        [], max_length=MOST_KEYS, description="What a custom field says, like region:eu; as often as you like"
    )
    sort: Literal["newest", "severity"] = Field("newest", description="`severity`: the most severe first")
    before: QueryNumber | None = Field(None, description="Only what follows the incident with this number: see `next`")
    per_page: QueryLength = ON_A_PAGE


class AskedOfPeople(Schema):
    email: Words = ""
    after: QuerySeq = Field(0, description="The id of the last person that you know")
    limit: Annotated[int, Field(ge=1, le=MOST_PEOPLE), BeforeValidator(digits)] = Field(
        MOST_PEOPLE, description="Fewer come only at the end"
    )


class AskedOfTimeline(Schema):
    after: QuerySeq = Field(0, description="The seq of the last entry that you know")
    limit: QueryLength = MOST_ON_A_PAGE


class AskedOfActivity(Schema):
    before: QueryDay | None = Field(None, description="Only what was done before this day: see `next`")
    days: QueryLength = Field(30, description="How many days in a row, of which the last is the latest with activity")
