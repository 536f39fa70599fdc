"""The ancestor's models, each standing for a row of ours. They are no Django models: a plugin's own models refer to
'incidents.Incident'.

An incident is read when it is made, like a model; `save()` makes one service call for each attribute that was changed,
in the name of whoever said or clicked what the plugin serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, NoReturn, overload

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone
from django.utils.text import slugify

from incidents import models, queries, services
from incidents.errors import IncidentError
from incidents.models import Kind, RoleAssignment, Severity, Status
from people.models import Person
from slackbot import models as slack
from slackbot.api.limits import CHANNEL_NAME
from slackbot.api.mrkdwn import escape, from_markdown, mentioned, to_markdown, to_plain
from slackbot.directory.people import names_of, person_for
from slackbot.monzo import gone, running
from slackbot.monzo.records import Records, Wrapped, aware, naive
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.update import UpdateKind
from slackbot.slack_handlers import channel, edit, resolve

# People ---------------------------------------------------------------------------------------------------------------


class ExternalUsers(Records[slack.SlackUser, "ExternalUser"]):
    def get_or_create_slack(self, external_id: str, **_what_slack_tells_us: Any) -> tuple[ExternalUser, bool]:
        """Return somebody, and whether they were unknown. What Slack says of them is kept by itself."""
        known = slack.SlackUser.objects.filter(user_id=external_id).exists()
        return ExternalUser(person_for(external_id, now=running.present().now)), not known

    update_or_create_slack = get_or_create_slack


class ExternalUser(Wrapped):
    """Somebody, by their Slack id."""

    objects: ClassVar[ExternalUsers]
    DoesNotExist = slack.SlackUser.DoesNotExist

    app_id = "slack"

    def __init__(self, record: Person, /) -> None:
        self.record: Person = record

    @property
    def pk(self) -> int:
        return self.record.pk

    @property
    def id(self) -> int:
        return self.record.pk

    @property
    def external_id(self) -> str:
        """The Slack id; "" of somebody who only has a login."""
        account = self._account()
        return account.user_id if account else ""

    @property
    def display_name(self) -> str:
        account = self._account()
        return account.handle if account else self.record.name

    @property
    def full_name(self) -> str:
        return self.record.name

    @property
    def email(self) -> str:
        return self.record.email

    def __str__(self) -> str:
        return self.display_name

    def _account(self) -> slack.SlackUser | None:
        try:
            return self.record.slack
        except ObjectDoesNotExist:
            return None


# The incident ---------------------------------------------------------------------------------------------------------


class Severities(Sequence[tuple[str, str]]):
    """("1", "critical"), … as they are now: companies rename and add them. While modules load, the seeded ones."""

    SEEDED: Final = (("1", "critical"), ("2", "major"), ("3", "minor"), ("4", "trivial"))

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[str, str]]: ...

    def __getitem__(self, index: int | slice) -> tuple[str, str] | Sequence[tuple[str, str]]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._now())

    def _now(self) -> Sequence[tuple[str, str]]:
        if not apps.ready:  # no query before the database is prepared
            return self.SEEDED
        return [(str(each.rank), each.key) for each in queries.severities()]


class _NoModel(type):
    @property
    def _meta(cls) -> NoReturn:
        raise TypeError(
            f"{cls.__name__} of slackbot.monzo is no Django model. In a model of your own, refer to the incident by "
            "models.ForeignKey('incidents.Incident', on_delete=models.CASCADE), and give it incident.record."
        )


class Incidents(Records[models.Incident, "Incident"]):
    def create_incident(
        self,
        report: str,
        reporter: ExternalUser,
        report_time: datetime | None = None,
        report_only: bool = False,  # noqa: FBT001, FBT002 — the ancestor's form
        private: bool = False,  # noqa: FBT001, FBT002
        summary: str | None = None,
        impact: str | None = None,
        lead: ExternalUser | None = None,
        severity: str | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
    ) -> Incident:
        now = running.present().now
        begun = start_time or report_time
        record = services.declare_incident(
            title=to_plain(report, names=names_of(mentioned(report))),
            reporter=reporter.record,
            at=now,
            summary=_markdown(summary),
            impact=_markdown(impact),
            severity=_severity(severity) if severity else None,
            lead=lead.record if lead else None,
            kind=Kind.REPORT if report_only else Kind.LIVE,
            private=private,
            started_at=min(aware(begun), now) if begun else None,
        )
        if end_time is not None:
            services.resolve_incident(record, by=reporter.record, at=now)
        return Incident(record)


class Incident(Wrapped, metaclass=_NoModel):
    objects: ClassVar[Incidents]
    DoesNotExist = models.Incident.DoesNotExist
    SEVERITIES: ClassVar[Severities] = Severities()

    def __init__(self, record: models.Incident, /) -> None:
        self.record: models.Incident = record
        self._read()

    def _read(self) -> None:
        record = self.record
        self.report = escape(record.title)
        self.reporter = ExternalUser(record.reporter)
        self.report_time = naive(record.reported_at)
        self.report_only = record.kind == Kind.REPORT
        self.private = record.private
        self.start_time = naive(record.started_at)
        self.end_time: datetime | None = naive(record.ended_at) if record.ended_at else None
        self.summary: str | None = from_markdown(record.summary) or None
        self.impact: str | None = from_markdown(record.impact) or None
        self.lead: ExternalUser | None = ExternalUser(record.lead) if record.lead else None
        self.severity: str | None = str(record.severity.rank) if record.severity else None
        self._seen: Mapping[str, Any] = {name: getattr(self, name) for name in (*_CHANGES, *_FIXED)}

    @property
    def pk(self) -> int:
        """The incident's number, as in INC-7."""
        return self.record.number

    @property
    def id(self) -> int:
        return self.record.number

    def __str__(self) -> str:
        return self.report

    def save(self, *_args: Any, **_kwargs: Any) -> None:
        """Make the changes. Raise `Refusal`, a sentence for people, when one cannot be made."""
        here = running.present()
        changed = [name for name, seen in self._seen.items() if (getattr(self, name) or None) != (seen or None)]
        for name in changed:
            if name in _FIXED:
                raise TypeError(f"{name} of an incident stays as it was when it was declared.")
            _CHANGES[name](self.record, getattr(self, name), here.actor, here.now)
        self._read()

    def refresh_from_db(self, *_args: Any, **_kwargs: Any) -> None:
        self.record = queries.incidents(queries.SYSTEM).get(pk=self.record.pk)
        self._read()

    def comms_channel(self) -> CommsChannel | None:
        return CommsChannel.objects.filter(incident=self).first()

    def duration(self) -> str:
        """Return "2 hrs 5 mins"."""
        seconds = int(self.record.duration(timezone.now()).total_seconds())
        hours, minutes = seconds // 3600, seconds // 60 % 60
        parts = [_counted(hours, "hr"), _counted(minutes, "min")] if seconds >= 60 else [f"{seconds} secs"]
        return " ".join(filter(None, parts))

    def is_closed(self) -> bool:
        return self.end_time is not None

    def severity_text(self) -> str | None:
        return next((text for key, text in self.SEVERITIES if key == self.severity), None)

    def severity_emoji(self) -> str:
        record = self.record.severity
        return (record.emoji if record else "") or "☁️"

    def status_text(self) -> str:
        return "reported" if self.report_only else "resolved" if self.is_closed() else "live"

    def status_emoji(self) -> str:
        return ":notebook:" if self.report_only else ":droplet:" if self.is_closed() else ":fire:"

    def badge_type(self) -> str:
        if self.is_closed():
            return "badge-success"
        return "badge-danger" if self.severity in ("1", "2") else "badge-warning"

    def action_items(self) -> Records[models.Action, Action]:
        return Action.objects.filter(incident=self)

    def timeline_events(self) -> Records[models.TimelineEntry, TimelineEvent]:
        return TimelineEvent.objects.filter(incident=self)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' if number > 1 else ''}" if number else ""


def _markdown(mrkdwn: str | None) -> str:
    return to_markdown(mrkdwn, names=names_of(mentioned(mrkdwn))) if mrkdwn else ""


def _severity(rank: str) -> Severity:
    found = queries.severities().filter(rank=int(rank)).first() if str(rank).isdecimal() else None
    if found is None:
        raise IncidentError(f"There is no severity {rank}.")
    return found


# One attribute each: what `save()` does when a plugin changed it -----------------------------------------------------


def _rename(record: models.Incident, report: str, by: Person, at: datetime) -> None:
    services.rename_incident(record, to=to_plain(report, names=names_of(mentioned(report))), by=by, at=at)


def _write_summary(record: models.Incident, text: str | None, by: Person, at: datetime) -> None:
    services.write_summary(record, text=_markdown(text), by=by, at=at)


def _write_impact(record: models.Incident, text: str | None, by: Person, at: datetime) -> None:
    services.write_impact(record, text=_markdown(text), by=by, at=at)


def _set_severity(record: models.Incident, rank: str | None, by: Person, at: datetime) -> None:
    if not rank:
        raise IncidentError("A severity that is set can be changed, and not taken away.")
    services.set_severity(record, to=_severity(rank), by=by, at=at)


def _assign_lead(record: models.Incident, lead: ExternalUser | None, by: Person, at: datetime) -> None:
    if lead is None:
        services.remove_lead(record, by=by, at=at)
    else:
        services.assign_lead(record, to=lead.record, by=by, at=at)


def _change_kind(record: models.Incident, report_only: object, by: Person, at: datetime) -> None:
    services.change_kind(record, to=Kind.REPORT if report_only else Kind.LIVE, by=by, at=at)


def _change_privacy(record: models.Incident, private: object, by: Person, at: datetime) -> None:
    change = services.make_private if private else services.make_public
    change(record, by=by, at=at)


def _correct_start(record: models.Incident, start: datetime, by: Person, at: datetime) -> None:
    services.correct_start(record, to=aware(start), by=by, at=at)


def _end(record: models.Incident, end: datetime | None, by: Person, at: datetime) -> None:
    change = services.reopen_incident if end is None else services.resolve_incident
    change(record, by=by, at=at)


_CHANGES: Final[Mapping[str, Callable[[models.Incident, Any, Person, datetime], None]]] = {
    "report": _rename,
    "summary": _write_summary,
    "impact": _write_impact,
    "severity": _set_severity,
    "lead": _assign_lead,
    "report_only": _change_kind,
    "private": _change_privacy,
    "start_time": _correct_start,
    "end_time": _end,
}
_FIXED: Final = ("reporter", "report_time")


def _ended(suffix: str, value: Any) -> Q:
    open_ = Q(status__in=Status.working())
    if suffix == "isnull" or (not suffix and value is None):
        return open_ if value in (True, None) else ~open_
    how = f"__{suffix}" if suffix else ""
    return Q(**{f"resolved_at{how}": value}) | Q(**{f"set_aside_at{how}": value})


def _leads(suffix: str, value: Any) -> Q:
    holding = RoleAssignment.objects.filter(role__key=models.Role.LEAD, ended_at=None)
    if suffix == "isnull" or (not suffix and value is None):
        led = Q(pk__in=holding.values("incident"))
        return ~led if value in (True, None) else led
    return Q(pk__in=holding.filter(person=value).values("incident"))


def _is_report(_suffix: str, value: Any) -> Q:
    report = Q(kind=Kind.REPORT)
    return report if value else ~report


def _has_severity(suffix: str, value: Any) -> Q:
    if suffix == "isnull" or (not suffix and value is None):
        return Q(severity__isnull=value in (True, None))
    return Q(**{f"severity__rank__{suffix}" if suffix else "severity__rank": value})


# Where people work on it ----------------------------------------------------------------------------------------------


class CommsChannels(Records[slack.CommsChannel, "CommsChannel"]):
    def create_comms_channel(self, incident: Incident) -> NoReturn:
        raise IncidentError("A channel is made by Response itself: press “Create channel” under the headline.")


class CommsChannel(Wrapped, metaclass=_NoModel):
    """The incident's channel."""

    objects: ClassVar[CommsChannels]
    DoesNotExist = slack.CommsChannel.DoesNotExist

    def __init__(self, record: slack.CommsChannel, /) -> None:
        self.record: slack.CommsChannel = record

    @property
    def pk(self) -> int:
        return self.record.pk

    @property
    def incident(self) -> Incident:
        return Incident(queries.incidents(queries.SYSTEM).get(pk=self.record.incident_id))

    @property
    def channel_id(self) -> str:
        return self.record.channel_id

    @property
    def channel_name(self) -> str:
        return self.record.name

    def post_in_channel(self, message: str) -> None:
        running.post(self.record.incident, message)

    def rename(self, new_name: str) -> None:
        """Have the channel renamed. A name that is taken is told on the incident's timeline."""
        if new_name:
            rename_channel(self.record.channel_id, new_name)

    def __str__(self) -> str:
        return self.record.incident.title


def rename_channel(channel_id: str, new_name: str) -> None:
    name = new_name.removeprefix("#")
    name = slugify(name if name.startswith("inc-") else f"inc-{name}")[:CHANNEL_NAME]
    running.call("conversations.rename", {"channel": channel_id, "name": name})


class HeadlinePost(metaclass=_NoModel):
    """The incident's headline. Its buttons have our action ids."""

    EDIT_INCIDENT_BUTTON: Final = edit.EDIT
    CLOSE_INCIDENT_BUTTON: Final = resolve.RESOLVE
    CREATE_COMMS_CHANNEL_BUTTON: Final = channel.CREATE
    PAGE_ON_CALL_BUTTON: Final = "page-on-call-button"

    objects: ClassVar[Records[slack.Headline, HeadlinePost]]
    DoesNotExist = slack.Headline.DoesNotExist

    def __init__(self, record: models.Incident, /) -> None:
        self._record = record

    @property
    def incident(self) -> Incident:
        return Incident(self._record)

    @property
    def message_ts(self) -> str | None:
        """What Slack calls the message; None while it is not said yet."""
        standing = slack.Headline.objects.filter(incident=self._record).first()
        return standing.ts if standing else None

    @property
    def comms_channel(self) -> CommsChannel | None:
        return self.incident.comms_channel()

    def update_in_slack(self) -> None:
        """Have it drawn. It is drawn after each change by itself."""
        outbox.draw(self._record, outbox.HEADLINE, now=running.present().now)

    def post_to_thread(self, message: str) -> None:
        order_key = f"updates:{self._record.pk}"
        running.order(UpdateKind, {"text": message}, order_key=order_key, incident=self._record)


# What is to be done, and what happened --------------------------------------------------------------------------------


class Action(metaclass=_NoModel):
    """A follow-up. A new one is noted by `save()`; `user` is who noted it."""

    objects: ClassVar[Records[models.Action, Action]]

    def __init__(self, *, incident: Incident, details: str = "", user: ExternalUser | None = None) -> None:
        self.incident = incident
        self.details = details
        self.user = user
        self.done = False
        self._record: models.Action | None = None

    def icon(self) -> str:
        return "🔜️"

    @classmethod
    def of(cls, record: models.Action) -> Action:
        action = cls(incident=Incident(record.incident), details=from_markdown(record.text))
        action.user, action.done, action._record = ExternalUser(record.created_by), record.done_at is not None, record
        return action

    def save(self, *_args: Any, **_kwargs: Any) -> None:
        """Note a new action, or that a noted one is done."""
        here = running.present()
        incident = self.incident.record
        if self._record is None:
            by = self.user.record if self.user else here.actor
            self._record = services.add_action(incident, text=_markdown(self.details), by=by, at=here.now)
        elif self.done and self._record.done_at is None:
            services.complete_action(incident, action=self._record, by=here.actor, at=here.now)

    def __str__(self) -> str:
        return self.details


class TimelineEvent(metaclass=_NoModel):
    """Something that happened at `timestamp`. A new one is written on the timeline by `save()`."""

    objects: ClassVar[Records[models.TimelineEntry, TimelineEvent]]

    def __init__(
        self,
        *,
        incident: Incident,
        text: str,
        timestamp: datetime | None = None,
        event_type: str = "text",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.incident = incident
        self.text = text
        self.timestamp = timestamp
        self.event_type = event_type
        self.metadata = metadata

    @classmethod
    def of(cls, record: models.TimelineEntry) -> TimelineEvent:
        return cls(
            incident=Incident(record.incident),
            text=from_markdown(record.text),
            timestamp=naive(record.happened_at),
            event_type=record.kind,
            metadata=record.data,
        )

    def save(self, *_args: Any, **_kwargs: Any) -> None:
        here = running.present()
        happened_at = min(aware(self.timestamp), here.now) if self.timestamp else None
        text = _markdown(self.text)
        services.add_note(self.incident.record, text=text, by=here.actor, at=here.now, happened_at=happened_at)

    def __str__(self) -> str:
        return self.text


def add_incident_update_event(
    incident: Incident,
    update_type: str,
    old_value: object,
    new_value: object,
    text: str,
    timestamp: datetime | None = None,
) -> None:
    """Write a note on the timeline. Response records what changed itself, so both values are in `text` alone."""
    TimelineEvent(incident=incident, text=text, timestamp=timestamp).save()


def GetOrCreateSlackExternalUser(external_id: str, **what_slack_says: Any) -> ExternalUser:  # noqa: N802 — its name there
    return ExternalUser.objects.get_or_create_slack(external_id, **what_slack_says)[0]


# `objects` ------------------------------------------------------------------------------------------------------------

ExternalUser.objects = ExternalUsers(
    slack.SlackUser.objects.select_related("person"),
    lambda account: ExternalUser(account.person),
    {
        "pk": "person",
        "id": "person",
        "external_id": "user_id",
        "display_name": "handle",
        "full_name": "person__name",
        "email": "person__email",
        "app_id": lambda _suffix, _value: Q(),  # everybody is of Slack
    },
)
Incident.objects = Incidents(
    queries.incidents(queries.SYSTEM),
    Incident,
    {
        "pk": "number",
        "id": "number",
        "report": "title",
        "reporter": "reporter",
        "report_time": "reported_at",
        "report_only": _is_report,
        "private": "private",
        "start_time": "started_at",
        "end_time": _ended,
        "summary": "summary",
        "impact": "impact",
        "lead": _leads,
        "severity": _has_severity,
    },
)
CommsChannel.objects = CommsChannels(
    slack.CommsChannel.objects.select_related("incident"),
    CommsChannel,
    {
        "pk": "pk",
        "id": "pk",
        "incident": "incident",
        "incident_id": "incident__number",
        "channel_id": "channel_id",
        "channel_name": "name",
    },
)
HeadlinePost.objects = Records(
    slack.Headline.objects.select_related("incident"),
    lambda headline: HeadlinePost(headline.incident),
    {"pk": "pk", "incident": "incident", "incident_id": "incident__number", "message_ts": "ts"},
)
Action.objects = Records(
    models.Action.objects.select_related("incident", "created_by"),
    Action.of,
    {"pk": "pk", "id": "pk", "incident": "incident", "details": "text", "user": "created_by"},
)
TimelineEvent.objects = Records(
    models.TimelineEntry.objects.select_related("incident").order_by("happened_at", "seq"),
    TimelineEvent.of,
    {"pk": "pk", "incident": "incident", "timestamp": "happened_at", "event_type": "kind", "text": "text"},
)


@register
def signals_that_never_come(**_options: Any) -> list[CheckMessage]:
    """A plugin that waits for the ancestor's incidents to be saved would wait for ever."""
    never = {id(each): each.__name__ for each in (Incident, CommsChannel, HeadlinePost, Action, TimelineEvent)}
    signals = (pre_save, post_save, pre_delete, post_delete)
    senders = {sender for signal in signals for (_, sender), *_rest in signal.receivers}
    return [
        Error(
            f"A signal receiver waits for {name} of slackbot.monzo to be saved, which never happens.",
            hint="Use @incident_event of slackbot.plugins: it hears of every change.",
            id="slackbot.E101",
        )
        for key, name in never.items()
        if key in senders
    ]


__getattr__ = gone.instead(gone.MODELS, module=__name__)
