"""Walk every text that has its HTML beside it, to find one that was written without."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model

from incidents import drawn


def drawn_models() -> list[type[Model]]:
    return [model for model in apps.get_app_config("incidents").get_models() if drawn.columns_of(model)]


def not_drawn() -> list[str]:
    """Return the rows that keep no HTML of what they say, or that of something else."""
    return [
        f"{model.__name__} #{row.pk}: {column.attname}"
        for model in drawn_models()
        for row in model._base_manager.all()
        for column in drawn.columns_of(model)
        if getattr(row, column.attname) != column.drawn(getattr(row, column.of), row)
    ]
