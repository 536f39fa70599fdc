"""Who is the person behind a sign-in?"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from people.errors import InvalidValue
from people.models import Person
from people.services import add_person


def person_of(user: User) -> Person:
    """Return whom `user` is, and introduce them when nobody knows them yet."""
    # Every page asks this: it must not begin a transaction, which in SQLite would wait for all who write.
    known: Person | None = getattr(user, "person", None)
    return known or _introduce(user)


def _introduce(user: User) -> Person:
    """Make a person for a new account.

    An e-mail address proves nothing: whoever may edit their own would become somebody else. `link` is the way.
    """
    try:
        with transaction.atomic():
            return _give_login(_newcomer(user), user)
    except IntegrityError:  # another request of theirs was faster; the person made here is undone
        return Person.objects.get(login=user)


def _newcomer(user: User) -> Person:
    return add_person(
        name=user.get_full_name() or user.get_username(),
        email=user.email,
        time_zone="UTC",
        is_active=True,
        is_bot=False,
    )


def is_active(person: Person) -> bool:
    """Return whether this person may do anything: neither they nor their account is deactivated."""
    return person.is_active and (person.login is None or person.login.is_active)


@transaction.atomic
def link(user: User, person: Person) -> None:
    """Let the account be this person from now on.

    Whoever it was before, made when it signed in for the first time, keeps what they did and is deactivated. Raises
    `InvalidValue` when the person cannot sign in, or has an account that a password opens.
    """
    if not person.can_respond:
        raise InvalidValue(f"{person} can't log in: the account is a bot or deactivated.", field="person")
    if person.login is not None and person.login != user and person.login.has_usable_password():
        raise InvalidValue(f"{person} already logs in with the account {person.login.get_username()}.", field="person")
    before: Person | None = getattr(user, "person", None)
    if before == person:
        return
    if before is not None:
        before.login, before.is_active = None, False
        before.save(update_fields=["login", "is_active"])
    _give_login(person, user)


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
