from __future__ import annotations

from django.db import models

from people.models import Person


class ApiToken(models.Model):
    """A program's key to the API. It acts as its person; of the secret only a digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="What it is for")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    beginning = models.CharField(max_length=16, help_text="The first letters of the secret, to tell tokens apart")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.beginning}…)"

    @property
    def may_write(self) -> bool:
        return self.scope == self.Scope.WRITE


class AnsweredCall(models.Model):
    """A change that a program asked for with a key of its own, and what it was answered; 0 while that is not known."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="answered_calls")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="A digest of what was asked for")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_to_each_key")]

    def __str__(self) -> str:
        return f"{self.key} of {self.token}"


class Tally(models.Model):
    """How often something was tried since its window began. See `ui.limits`."""

    key = models.CharField(max_length=100, unique=True)
    count = models.PositiveIntegerField()
    ends_at = models.BigIntegerField(db_index=True, help_text="Unix time in seconds")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
