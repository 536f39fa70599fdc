"""A deployment's own fields: asked in forms, said by `@incident field region EU`, shown in the headline if wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from incidents import emoji, fields, queries, services
from incidents.fields import CustomField, FieldKind, Required, Stored
from incidents.models import Incident
from incidents.queries import FieldLine
from people.models import Person
from slackbot.plugins import (
    Choice,
    Choices,
    CommandContext,
    Day,
    DialogContext,
    Field,
    Moment,
    PersonChoice,
    Prose,
    Text,
    UsageError,
    arguments,
    commands,
    display,
    escape,
    from_markdown,
    headline_line,
    incident_command,
    limits,
    link,
    literal,
    markdown,
    mention,
    slack_ids,
)

EMPTY = "empty"
A_CLOCK = re.compile(r"\d:\d\d|\d\s*[ap]m\b|\bnow\b", re.IGNORECASE)
NONE_HERE = "There are no custom fields. docs/configuration.md explains how to add some."


@incident_command("field", "fields", usage="<name> <value>", help="set a custom field; without a name, list the fields")
def field(ctx: CommandContext) -> str | None:
    if not fields.registry.all():
        if ctx.text:
            raise UsageError(NONE_HERE)
        return NONE_HERE
    if not ctx.text:
        return _list(ctx.incident)
    found, words = _which(ctx.text)
    if not words:
        return _about(found, ctx.incident)
    value = None if words.lower() == EMPTY else _value(found, words, ctx)
    services.set_field(ctx.incident, name=found.name, value=value, by=ctx.actor, at=ctx.now)
    return None


@headline_line("fields", order=100)
def in_the_headline(incident: Incident) -> str | None:
    wanted = [line for line in queries.field_lines(incident) if line.field is not None and line.field.headline]
    return "\n".join(f"*{literal(line.label)}*  {said(line)}" for line in wanted if line.stored is not None) or None


def said(line: FieldLine) -> str:
    """Draw what a field says, in mrkdwn."""
    if line.stored is None:
        return display.UNSET()
    value = fields.typed(line.field, line.stored) if line.field else line.stored
    match line.field.kind if line.field else FieldKind.TEXT:
        case FieldKind.LINK:
            return link(line.words, line.words)
        case FieldKind.MOMENT if isinstance(value, datetime):
            return display.slack_time(value)
        case FieldKind.PERSON if isinstance(value, int) and (person := Person.objects.filter(pk=value).first()):
            return mention(person)
        case FieldKind.PARAGRAPH:
            return limits.cut(from_markdown(line.words), 500)
        case _:
            return literal(line.words)


# The command ----------------------------------------------------------------------------------------------------------


def _list(incident: Incident) -> str:
    lines = queries.field_lines(incident)
    told = [f"• *{literal(line.label)}* (`{line.name}`)  {said(line)}" for line in lines if line.field is not None]
    kept = [f"• {literal(line.label)}  {said(line)}  _no longer in use_" for line in lines if line.field is None]
    how = "To set one, write `@incident field`, its name and the value, or use `@incident edit`."
    return "\n".join([*told, *kept, how])


def _about(found: CustomField, incident: Incident) -> str:
    line = next(line for line in queries.field_lines(incident) if line.name == found.name)
    options = ", ".join(f"`{escape(label)}`" for label in list(found.options.values())[:20])
    what = f"one of {options}" if options else "the value"
    how = f"To change it, write `@incident field {found.name}` and {what}; `{EMPTY}` clears it."
    parts = [f"*{literal(found.label)}*  {said(line)}", literal(found.hint), how]
    return "\n".join(part for part in parts if part)


def _which(text: str) -> tuple[CustomField, str]:
    """Read a field's name or label, which may be several words, and return what follows it."""
    lowered = text.lower()
    named = [(name, each) for each in fields.registry.all() for name in _names(each)]
    for name, each in sorted(named, key=lambda pair: -len(pair[0])):
        if lowered == name or lowered.startswith((f"{name} ", f"{name}:", f"{name}\n", f"{name}=")):
            return each, text[len(name) :].lstrip(" :=\n")
    first = commands.split(text).name
    known = [each.name for each in fields.registry.all()]
    meant = commands.nearest(first, known)
    hint = f" Did you mean `{meant}`?" if meant else ""
    raise UsageError(f"“{first[:60]}” isn't a field.{hint} {arguments.choices(known)}")


def _names(each: CustomField) -> Iterable[str]:
    label = literal(each.label.lower())
    return {each.name, each.name.replace("_", " "), label, label.rstrip("?:. ")}


def _value(found: CustomField, words: str, ctx: CommandContext) -> Any:
    """Read what was written after a field's name."""
    match found.kind:
        case FieldKind.PERSON:
            return ctx.person(words)
        case FieldKind.MOMENT:
            return ctx.moment(words)
        case FieldKind.DATE:
            return _day(found, words, ctx)
        case FieldKind.PARAGRAPH:
            return markdown(words)
        case FieldKind.LINK:
            return arguments.address(words)
        case _:
            return arguments.plain(words)


def _day(found: CustomField, words: str, ctx: CommandContext) -> date | str:
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        if A_CLOCK.search(words):
            raise UsageError(f"“{found.label}” takes a date without a time, like 2026-11-21.") from None
        return ctx.moment(words).astimezone(ctx.actor.zone).date()


# In dialogs -----------------------------------------------------------------------------------------------------------


def questions(asked: Iterable[CustomField], *, incident: Incident | None = None) -> list[Field]:
    """Return the fields of a dialog, prefilled with what `incident` says, or else with their defaults.

    Of an incident that is older than a field, the field may stay empty.
    """
    if incident is None:
        return [_question(each, each.default, optional=each.required != Required.DECLARING) for each in asked]
    present = [(each, incident.field_values.get(each.name)) for each in asked]
    return [
        _question(each, stored, optional=each.required != Required.DECLARING or stored is None)
        for each, stored in present
    ]


def questions_that_must_be_answered(asked: Iterable[CustomField]) -> list[Field]:
    return [_question(each, None, optional=False) for each in asked]


def answers(ctx: DialogContext) -> dict[str, Any]:
    """Return what a dialog says in the fields it asked for, by name."""
    return {each.name: _answer(each, ctx.values[each.key]) for each in fields.registry.all() if each.key in ctx.values}


def _answer(each: CustomField, value: Any) -> Any:
    return emoji.drawn(value) if each.kind == FieldKind.TEXT and isinstance(value, str) else value


def _question(each: CustomField, stored: Stored, *, optional: bool) -> Field:
    common: dict[str, Any] = {"name": each.key, "label": each.label, "hint": each.hint, "optional": optional}
    value = fields.typed(each, stored)
    words = fields.words(each, stored, names={})
    match each.kind:
        case FieldKind.CHOICE:
            return Choice(**common, options=_options(each, [words]), value=str(stored or ""))
        case FieldKind.CHOICES:
            chosen = value if isinstance(value, list) else []
            return Choices(**common, options=_options(each, chosen), values=chosen)
        case FieldKind.YES_NO:
            now = {True: "yes", False: "no"}.get(stored, "") if isinstance(stored, bool) else ""
            return Choice(**common, options=[("yes", "Yes"), ("no", "No")], value=now)
        case FieldKind.DATE:
            return Day(**common, value=value if isinstance(value, date) else None)
        case FieldKind.MOMENT:
            return Moment(**common, value=value if isinstance(value, datetime) else None)
        case FieldKind.PERSON:
            person = Person.objects.filter(pk=value).first() if isinstance(value, int) else None
            return PersonChoice(**common, value=slack_ids([person]).get(person.pk, "") if person else "")
        case FieldKind.PARAGRAPH:
            return Prose(**common, value=words)
        case FieldKind.LINK:
            return Text(**common, value=words, max_length=fields.URL_MAX, placeholder="https://…")
        case _:
            return Text(**common, value=words, max_length=fields.LINE_MAX)


def _options(each: CustomField, present: Iterable[str]) -> list[tuple[str, str]]:
    """Return the options, and what is said already although it is no longer offered."""
    known = {*each.options, *each.options.values(), ""}
    return [*each.options.items(), *((value, value) for value in present if value not in known)]
