"""Walk every text that has its HTML beside it, to find one that was written without."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model

from people.derived import derived_columns


def drawn_models() -> list[type[Model]]:
    ours = [model for app in ("people", "incidents") for model in apps.get_app_config(app).get_models()]
    return [model for model in ours if derived_columns(model)]


def not_drawn() -> list[str]:
    """Return the rows that keep no HTML of what they say, or that of something else."""
    return [
        f"{model.__name__} #{row.pk}: {column.attname}"
        for model in drawn_models()
        for row in model._base_manager.all()
        for column in derived_columns(model)
        if getattr(row, column.attname) != column.derived(getattr(row, column.of), row)
    ]
