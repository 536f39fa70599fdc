"""Store who belongs to an incident: the holders of its roles, its participants and its members."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident
from incidents.models.vocabulary import Role
from people.models import Person


class RoleAssignments(models.Manager["RoleAssignment"]):
    """Nobody looks at an assignment without looking at who holds what."""

    def get_queryset(self) -> models.QuerySet[RoleAssignment]:
        return super().get_queryset().select_related("role", "person")


class RoleAssignment(models.Model):
    """Who held a role from when to when."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_assignments")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RoleAssignments()

    class Meta:
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "role", "person"], condition=Q(ended_at=None), name="one_present_assignment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.role}"


class Participant(models.Model):
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="participations")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    message_count = models.PositiveIntegerField(default=0)
    left_at = models.DateTimeField(
        null=True, help_text="When they left the channel, or were left out, and have not come back since"
    )

    class Meta:
        ordering = ["first_seen_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "person"], name="a_participant_is_listed_once")]

    def __str__(self) -> str:
        return str(self.person)


class Member(models.Model):
    """Somebody for whom a private incident exists, or, if they are a guest, any incident: see `incidents.access`.

    They were invited by a member, or are in the incident's private channel, or both. The row goes when they leave it.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    is_in_channel = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "person"], name="a_member_is_listed_once")]

    def __str__(self) -> str:
        return str(self.person)
