"""What a button brings back: in its value while that is short enough for Slack, else in a row that the value names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from people.texts import cleaned
from slackbot.api import limits
from slackbot.models import Kept


def button_value(data: Mapping[str, str], *, now: datetime) -> str:
    """Return a button's value from which `read` has `data` again, however long its texts are."""
    value = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if limits.utf16_length(value) <= limits.BUTTON_VALUE:
        return value
    return json.dumps({"kept": Kept.objects.create(data=dict(data), created_at=now).pk})


def read(value: str) -> dict[str, str]:
    """Return what `button_value` was given; nothing when that was thrown away, or is not ours."""
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    if isinstance(data, dict) and isinstance(data.get("kept"), int):
        row = Kept.objects.filter(pk=data["kept"]).first()
        data = row.data if row else {}
    return {cleaned(str(name)): cleaned(str(each)) for name, each in data.items()} if isinstance(data, dict) else {}
