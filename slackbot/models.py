from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from incidents.models import Incident, Kind
from jobs.models import Job, StoredJSON
from people.models import Person

FOLLOWER: Final = "slack"  # the name of our follower of timelines: see incidents.followers


class Workspace(models.Model):
    """The Slack workspace we are installed in, as `auth.test` told it. One row."""

    team_id = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    url = models.URLField()
    bot_user_id = models.CharField(max_length=20)
    bot_id = models.CharField(max_length=20)
    app_id = models.CharField(max_length=20, blank=True, db_default="", help_text="Empty while Slack has not told it")
    incident_channel_id = models.CharField(max_length=20, blank=True)
    headlines_named = models.CharField(
        max_length=100, blank=True, db_default="", help_text="What INCIDENT_CHANNEL was when the channel was found"
    )
    headlines_channel = models.CharField(max_length=100, blank=True, db_default="", help_text="Its present name")
    headlines_is_private = models.BooleanField(default=False, db_default=False)
    headlines_trouble = models.CharField(
        max_length=100, blank=True, db_default="", help_text="Slack's error, while headlines cannot be posted"
    )
    headlines_trouble_at = models.DateTimeField(null=True)
    people_synced_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SlackUser(models.Model):
    """Somebody's account in Slack, and the person behind it."""

    user_id = models.CharField(max_length=20, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="slack")
    handle = models.CharField(max_length=200)
    dm_channel_id = models.CharField(max_length=20, blank=True)
    home_at = models.DateTimeField(
        null=True, help_text="When their Home tab was drawn; what it showed then is there still"
    )

    def __str__(self) -> str:
        return f"@{self.handle}"

    @classmethod
    def of(cls, person: Person) -> SlackUser | None:
        """Return the person's account, without a query when it was read along."""
        return getattr(person, "slack", None)


class SlackName(models.Model):
    """The name of a public channel or a user group that a message named by its id; "" where Slack tells us none."""

    slack_id = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or self.slack_id


class Headline(models.Model):
    """Where the one post that always tells the truth stands."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="headline")
    channel_id = models.CharField(max_length=20)
    ts = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_id", "ts"], name="a_message_is_one_headline")]

    def __str__(self) -> str:
        return f"headline of {self.incident.reference}"

    @classmethod
    def of(cls, incident: Incident) -> Headline | None:
        """Return the incident's headline as it was when this object was first asked, or read with it."""
        return getattr(incident, "headline", None)


class CommsChannel(models.Model):
    """The channel in which people work on the incident."""

    DELETED = "deleted"  # in `closed_as`

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="comms_channel")
    channel_id = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    bookmark_id = models.CharField(max_length=20, blank=True)
    invited = models.JSONField(default=list, help_text="Slack ids we asked in once; who left by choice stays away")
    quiet_until = models.DateTimeField(null=True, help_text="No reminders before this")
    is_private = models.BooleanField(
        default=False, db_default=False, help_text="Its members belong to the incident while they are in it"
    )
    frozen_at = models.DateTimeField(
        null=True, help_text="Since when we are not in it any more and cannot see who comes and goes"
    )
    closed_as = models.CharField(
        max_length=10, blank=True, db_default="", help_text="Why we cannot post there: see slackbot.outbound.closures"
    )
    closed_at = models.DateTimeField(null=True)
    comings_and_goings = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How many Slack told us of: a list of members from before the newest is old"
    )

    def __str__(self) -> str:
        return f"#{self.name}"

    @staticmethod
    def comes_by_itself(incident: Incident) -> bool:
        """Say whether this deployment has a channel made for such an incident without being asked."""
        wanted = str(settings.COMMS_CHANNEL)
        return wanted == "always" or (wanted == "live" and incident.kind != Kind.REPORT)

    @classmethod
    def of(cls, incident: Incident) -> CommsChannel | None:
        """Return the incident's channel as it was when this object was first asked, or read with it."""
        return getattr(incident, "comms_channel", None)


class InboxEntry(Job):
    """Something Slack told us, kept until a handler has dealt with it."""

    CORE = "inbox"
    PLUGINS = "plugins"
    ANSWERS = "answers"  # of plugins, to somebody who waits: nothing that can wait may be in their way

    key = models.CharField(max_length=200, unique=True, help_text="The same delivery twice has the same key")
    queue = models.CharField(max_length=10, default=CORE, help_text="Plugins run in a process of their own")
    kind = models.CharField(max_length=30)
    handler = models.CharField(max_length=200, blank=True, help_text="Which handler it is for")
    plugin = models.CharField(
        max_length=200, blank=True, db_default="", help_text="Whose handler that is; empty for a built-in"
    )
    payload = StoredJSON()
    answer = StoredJSON(null=True, help_text="What Slack was answered, for a second delivery")

    class Meta:
        verbose_name_plural = "inbox entries"
        indexes = [
            models.Index(fields=["queue", "priority", "id"], condition=Q(is_open=True), name="inbox_queue"),
            models.Index(fields=["order_key", "id"], condition=Q(is_open=True), name="inbox_order"),
            models.Index(fields=["closed_at"], condition=Q(is_open=False), name="inbox_history"),
            models.Index(fields=["given_up_at"], condition=Q(given_up_at__isnull=False), name="inbox_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class OutboxEntry(Job):
    """Something Slack must see. A picture is drawn again whenever `wanted` grows; a message is wanted once."""

    QUEUE = "outbox"

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+")
    args = StoredJSON(default=dict)
    wanted = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField(null=True, help_text="Too late to be useful after this")
    asked_at = models.DateTimeField(null=True, help_text="When Slack was first asked without an answer that we know of")
    refused_at = models.DateTimeField(
        null=True, help_text="Since when Slack refuses it for a reason of its own; others do not wait for it"
    )
    result = StoredJSON(null=True)

    class Meta:
        verbose_name_plural = "outbox entries"
        indexes = [
            models.Index(fields=["priority", "id"], condition=Q(is_open=True), name="outbox_queue"),
            models.Index(fields=["order_key", "priority", "id"], condition=Q(is_open=True), name="outbox_order"),
            models.Index(fields=["closed_at"], condition=Q(is_open=False), name="outbox_history"),
            models.Index(fields=["given_up_at"], condition=Q(given_up_at__isnull=False), name="outbox_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Gate(models.Model):
    """Slack said "not before": for a method, or a method in one channel. Shared by all processes."""

    key = models.CharField(max_length=100, primary_key=True)
    closed_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} closed until {self.closed_until:%H:%M:%S}"

    @property
    def name(self) -> str:
        return self.key.replace(":", " in ")


class Reminder(models.Model):
    """A notification of a plugin or a built-in, for one incident: when it is due next, and how often it has spoken."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="reminders")
    handler = models.CharField(max_length=200)
    turn = models.PositiveIntegerField(default=0, help_text="How often it has spoken since the incident was opened")
    looks = models.PositiveIntegerField(default=0, help_text="How often it was asked")
    skips = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often it had nothing to say since it last spoke, or something happened"
    )
    due_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "handler"], name="a_reminder_is_kept_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(is_open=True), name="reminders_due")]

    def __str__(self) -> str:
        return f"{self.handler} for {self.incident.reference}"


class Scheduled(models.Model):
    """What a plugin does at a time: once, or periodically. See `slackbot.inbound.scheduling`."""

    key = models.CharField(max_length=200, unique=True, help_text="What was asked for once is kept once")
    handler = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    data = StoredJSON(default=dict, help_text="What the handler gets")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    turns = models.PositiveIntegerField(default=0, help_text="How often periodic work was handed over")
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "scheduled"
        indexes = [models.Index(fields=["due_at"], condition=Q(is_open=True), name="scheduled_due")]

    def __str__(self) -> str:
        return f"{self.handler} at {self.due_at:%Y-%m-%d %H:%M}"


class WithheldMinute(models.Model):
    """A minute in which Slack sent us no events, as there were too many: `app_rate_limited`."""

    minute = models.DateTimeField(primary_key=True)
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}"


class Kept(models.Model):
    """What a button is to bring back and is too long for it: Slack takes 2,000 characters."""

    data = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "kept"
        indexes = [models.Index(fields=["created_at"], name="kept_by_age")]

    def __str__(self) -> str:
        return f"kept {self.pk}"


class LastSaid(models.Model):
    """When something was last said somewhere, so that it is not said again too soon."""

    key = models.CharField(max_length=250, primary_key=True)
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} at {self.said_at:%H:%M:%S}"
