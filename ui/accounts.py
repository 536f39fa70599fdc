"""Who is the person behind a sign-in?"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from incidents import people
from incidents.models import Person


@transaction.atomic
def person_of(user: User) -> Person:
    """Return whom `user` is, and introduce them when nobody knows them yet.

    Whoever came from chat under the same e-mail address is the same person: accounts, and so their addresses, are made
    by the people who run the site. An address that two people share says nothing.
    """
    known = Person.objects.filter(login=user).first()
    if known is not None:
        return known
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
