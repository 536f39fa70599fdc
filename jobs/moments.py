"""The time at which a prepared query runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Expression


class Present(Expression):
    """The time when a query runs (not when it is built), plus `after`."""

    def __init__(self, after: timedelta = timedelta(0)) -> None:
        super().__init__(output_field=DateTimeField())
        self.after = after

    def __add__(self, length: timedelta) -> Present:  # type: ignore[override]
        return Present(self.after + length)

    def __sub__(self, length: timedelta) -> Present:  # type: ignore[override]
        return Present(self.after - length)

    def as_sql(self, *_args: Any, **_kwargs: Any) -> tuple[str, Any]:
        return "%s", [self]


Moment = datetime | Present
