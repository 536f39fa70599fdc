"""Fill a new database for `make fuzz`, and print the token with which schemathesis comes.

Ada, whose token it is, belongs to some of the private incidents and not to others. The numbers and the people stand in
`schemathesis.toml` as well.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "response.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django is set up above

from incidents import services  # noqa: E402
from incidents.models import Action, Incident, Severity  # noqa: E402
from people.models import Person  # noqa: E402
from people.services import add_person  # noqa: E402
from ui import tokens  # noqa: E402
from ui.models import ApiToken  # noqa: E402

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def main() -> None:
    ada, grace, linus = (_person(name) for name in ("Ada Lovelace", "Grace Hopper", "Linus Torvalds"))
    # An administrator may redact what others wrote, so all of it is tried.
    ada.login = User.objects.create_user("ada", is_staff=True)
    ada.save(update_fields=["login"])
    for turn in range(12):
        reporter = (ada, grace, linus)[turn % 3]
        incident = services.declare_incident(
            title=f"Incident {turn + 1}",
            summary="The last deploy",
            reporter=reporter,
            lead=ada if turn % 4 == 0 else None,
            severity=Severity.objects.get(key="major"),
            private=turn % 2 == 1,
            fields={"region": "eu", "customer": "Acme"},
            at=NOON + timedelta(minutes=turn),
        )
        _fill(incident, by=reporter)
    print(tokens.make_token(ada, name="Fuzz", scope=ApiToken.Scope.WRITE, at=NOON))  # noqa: T201


def _person(name: str) -> Person:
    address = f"{name.split()[0].lower()}@example.com"
    return add_person(name=name, email=address, time_zone="UTC", is_active=True, is_bot=False)


def _fill(incident: Incident, *, by: Person) -> None:
    at = NOON + timedelta(hours=1)
    services.add_note(incident, text="A note", by=by, at=at)
    services.post_update(incident, text="An update", by=by, at=at)
    services.add_pin(incident, source=f"fuzz:{incident.pk}", text="A message", author=by, said_at=at, by=by, at=at)
    action = services.add_action(incident, text="Add an index", owner=by, by=by, at=at)
    if incident.number % 3 == 0:
        services.complete_action(incident, action=Action.objects.get(pk=action.pk), by=by, at=at)


if __name__ == "__main__":
    main()
