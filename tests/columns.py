"""Walk every column of every table of ours, to find a text that must not be in any."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db.models import Model

OURS = ("people", "incidents", "slackbot", "ui")


def all_models() -> list[type[Model]]:
    ours = [model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    return [*ours, *apps.get_app_config("auth").get_models()]


def holding(words: str) -> tuple[list[str], int]:
    """Return where `words` occur, as "table.column #row", and how many columns were looked at."""
    found, columns = [], 0
    for model in all_models():
        for field in model._meta.concrete_fields:
            columns += 1
            for pk, value in model._base_manager.values_list("pk", field.attname):
                if words.casefold() in _as_text(value).casefold():
                    found.append(f"{model._meta.db_table}.{field.column} #{pk}: {value}")
    return found, columns


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
