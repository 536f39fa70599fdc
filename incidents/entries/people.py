"""Entries about people: who leads, who has a role, who sees the incident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from incidents.entries.entry import Entry, stored
from incidents.entries.kinds import EntryKind
from incidents.texts import in_markdown


class LeadAssigned(Entry):
    """Somebody took the lead, or was given it."""

    kind = EntryKind.LEAD_ASSIGNED
    label = "Lead assigned"
    icon = "person"

    lead: int = stored("The id of the new lead")
    was: int | None = stored("The id of the previous lead; null if there was none", key="from")

    name: str = ""
    was_name: str = ""
    took_it: bool = False

    def text(self) -> str:
        text = f"{in_markdown(self.name)} took the lead" if self.took_it else f"{in_markdown(self.name)} leads"
        return f"{text}, after {in_markdown(self.was_name)}" if self.was else text

    def is_about(self, person: int) -> bool:
        return person in (self.lead, self.was)

    def given_to(self) -> int | None:
        return self.lead


class LeadRemoved(Entry):
    """The lead gave up the lead, or somebody took it from them."""

    kind = EntryKind.LEAD_REMOVED
    label = "Lead removed"
    icon = "person"

    lead: None = stored("Always null: there is no lead", default=None)

    name: str = ""

    def text(self) -> str:
        return f"{in_markdown(self.name)} no longer leads"

    def is_about(self, person: int) -> bool:
        """Return True: the data doesn't say whose lead ended."""
        return True


class RoleAssigned(Entry):
    """Somebody was given a role other than the lead."""

    kind = EntryKind.ROLE_ASSIGNED
    label = "Role assigned"
    icon = "person"

    role: str = stored("The key of the role")
    person: int = stored("The id of the person who has it now")

    name: str = ""
    role_name: str = ""

    def text(self) -> str:
        return f"{in_markdown(self.name)} is {in_markdown(self.role_name.lower())}"

    def is_about(self, person: int) -> bool:
        return person == self.person

    def given_to(self) -> int | None:
        return self.person


class RoleRemoved(Entry):
    """Nobody has the role any more."""

    kind = EntryKind.ROLE_REMOVED
    label = "Role removed"
    icon = "person"

    role: str = stored("The key of the role")
    person: None = stored("Always null: nobody has it", default=None)

    role_name: str = ""

    def text(self) -> str:
        return f"Nobody is {in_markdown(self.role_name.lower())} any more"

    def is_about(self, person: int) -> bool:
        """Return True: the data doesn't say whose role ended."""
        return True


class PersonEntry(Entry):
    """An entry about one person. `HOW` continues the sentence that begins with their name."""

    HOW: ClassVar[str] = ""

    icon = "person"

    person: int = stored("The id of the person")

    name: str = ""
    how: str = ""  # instead of `HOW`

    def text(self) -> str:
        return f"{in_markdown(self.name)} {self.how or self.HOW}"

    def is_about(self, person: int) -> bool:
        return person == self.person


class MemberInvited(PersonEntry):
    """Somebody can see the incident from now on."""

    HOW = "was invited"

    kind = EntryKind.MEMBER_INVITED
    label = "Invited"


class MemberRemoved(PersonEntry):
    """Somebody can see the incident no longer."""

    HOW = "was removed and no longer has access"

    kind = EntryKind.MEMBER_REMOVED
    label = "Access ended"


class ParticipantJoined(PersonEntry):
    """Somebody took part for the first time."""

    HOW = "joined"

    kind = EntryKind.PARTICIPANT_JOINED
    label = "Participant joined"


class MadePrivate(Entry):
    """Only participants see the incident from now on."""

    kind = EntryKind.MADE_PRIVATE
    label = "Made private"
    icon = "lock"

    private: bool = stored("Always true", default=True)
    members: Sequence[int] = stored("The ids of the people who were invited")

    def text(self) -> str:
        return "Made private"


class MadePublic(Entry):
    """Everybody sees the incident from now on."""

    kind = EntryKind.MADE_PUBLIC
    label = "Made public"
    icon = "unlock"

    private: bool = stored("Always false", default=False)

    def text(self) -> str:
        return "Made visible to everyone"
