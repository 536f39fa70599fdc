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
    skip: QuerySeq = Field(0, description="The number of items to skip: see `next`")
    limit: QueryLength = MOST_ON_A_PAGE


class Asked(Schema):
    q: Words = Field("", description="Words in the reference, title or summary")
    open: QueryBool | None = None
    status: Words = Field("", description="One or more statuses, separated by commas")
    severity: Words = Field("", description="One or more severity keys, separated by commas")
    kind: KindName | None = None
    field: list[Words] = Field(
        [], max_length=MOST_KEYS, description="A custom field's value, like region:eu; you can repeat this parameter"
    )
    sort: Literal["newest", "severity"] = Field("newest", description="`severity`: the most severe first")
    before: QueryNumber | None = Field(
        None, description="Return only incidents after the one with this number: see `next`"
    )
    per_page: QueryLength = ON_A_PAGE


class AskedOfPeople(Schema):
    email: Words = ""
    after: QuerySeq = Field(0, description="The id of the last person that you received")
    limit: Annotated[int, Field(ge=1, le=MOST_PEOPLE), BeforeValidator(digits)] = Field(
        MOST_PEOPLE, description="The maximum number of people; fewer are returned only at the end"
    )


class AskedOfTimeline(Schema):
    after: QuerySeq = Field(0, description="The seq of the last entry that you received")
    limit: QueryLength = MOST_ON_A_PAGE


class AskedOfActivity(Schema):
    before: QueryDay | None = Field(None, description="Only what was done before this day: see `next`")
    days: QueryLength = Field(30, description="How many days in a row, of which the last is the latest with activity")
