"""Who is the person behind a sign-in?"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from incidents import people
from incidents.models import Person


def person_of(user: User) -> Person:
    """Return whom `user` is, and introduce them when nobody knows them yet."""
    # Every page asks this: it must not begin a transaction, which in SQLite would wait for all who write.
    known: Person | None = getattr(user, "person", None)
    return known or _introduce(user)


@transaction.atomic
def _introduce(user: User) -> Person:
    """Find out whom a new account belongs to.

    Whoever came from chat under the same e-mail address is the same person: accounts, and so their addresses, are made
    by the people who run the site. An address that two people share says nothing.
    """
    namesakes = list(Person.objects.filter(email__iexact=user.email, login=None)[:2]) if user.email else []
    if len(namesakes) == 1:
        return _give_login(namesakes[0], user)
    newcomer = people.add_person(
        name=user.get_full_name() or user.get_username(),
        email=user.email,
        time_zone="UTC",
        is_active=True,
        is_bot=False,
    )
    return _give_login(newcomer, user)


@transaction.atomic
def login_of(person: Person) -> User:
    """Return the account of `person`; make one, which no password opens, when they have none."""
    if person.login is not None:
        return person.login
    user = User.objects.create_user(username=f"person-{person.pk}", email=person.email, first_name=person.name[:150])
    _give_login(person, user)
    return user


def _give_login(person: Person, user: User) -> Person:
    person.login = user
    person.save(update_fields=["login"])
    return person
