from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from incidents import fields


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        # First of all apps: a plugin that declares the same field once more is told so.
        fields.registry.load(settings.INCIDENT_FIELDS, place=settings.INCIDENT_FIELDS_PATH)
        checks.register(check_fields)
        # Models are needed to import it, and are there only now.
        from incidents import activity  # noqa: PLC0415
        from incidents.followers import operating as _operating  # noqa: PLC0415, F401 - it registers their table
        from incidents.services import record_departure  # noqa: PLC0415
        from jobs import history  # noqa: PLC0415
        from people.services import on_departure  # noqa: PLC0415

        on_departure(record_departure)
        history.also_throw_away(activity.throw_away_old)


def check_fields(**_kwargs: Any) -> list[CheckMessage]:
    return list(_wrong_fields())


def _wrong_fields() -> Iterator[CheckMessage]:
    for problem in fields.registry.problems:
        yield Error(problem, hint="See docs/configuration.md for the syntax of INCIDENT_FIELDS.", id="incidents.E001")
