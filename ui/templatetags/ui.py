"""How times, people, icons and Markdown look in templates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from hashlib import sha512

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.models import Incident, Person
from ui import markdown

register = template.Library()

HUES = 8
MOMENT_IN_WORDS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC")  # as incidents.services writes it


@register.filter
def as_markdown(text: str) -> SafeString:
    return markdown.draw(text)


@register.filter
def as_markdown_line(text: str) -> SafeString:
    return markdown.draw_line(text)


@register.filter
def with_local_moments(drawn: SafeString) -> SafeString:
    """Show the moments that an entry was recorded with in the reader's time zone, like all others on the page."""
    return SafeString(MOMENT_IN_WORDS.sub(lambda found: moment(_aware(found[1])), drawn))


@register.filter
def web_address(address: str | None) -> str:
    """Return `address` when a link may lead there. What came from elsewhere could be a script."""
    return address if address and address.lower().startswith(("https://", "http://")) else ""


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Show day and time; the exact one on hover."""
    here = timezone.localtime(at)
    return _time(at, f"{here.day} {here:%b %Y, %H:%M}")


@register.simple_tag
def clock(at: datetime) -> SafeString:
    """Show the time of day; the exact one on hover."""
    return _time(at, f"{timezone.localtime(at):%H:%M}")


@register.simple_tag
def ago(at: datetime, now: datetime) -> SafeString:
    """Show how long ago. The page's script keeps it true."""
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{} ago</time>', _iso(at), _exactly(at), in_words(now - at)
    )


@register.simple_tag
def duration(incident: Incident, now: datetime) -> SafeString:
    """Show how long the incident lasted, or lasts. The page's script lets it tick."""
    lasted = in_words(incident.duration(now))
    if incident.ended_at:
        return format_html("<span>{}</span>", lasted)
    return format_html('<span data-since="{}">{}</span>', _iso(incident.started_at), lasted)


@register.filter
def day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


@register.simple_tag
def in_place(view: str, *args: object) -> SafeString:
    """Send a form to `view` once, however often its button is pressed: in place, or as a page without JavaScript."""
    address = reverse(view, args=args)
    return format_html('method="post" action="{}" hx-post="{}" hx-swap="none" hx-sync="this:drop"', address, address)


@register.simple_tag
def zone_name() -> str:
    """Return the name of the zone in which this page tells the time."""
    name = timezone.get_current_timezone_name().replace("_", " ")
    now = timezone.localtime()
    short = f"{now:%Z}"
    return name if short in ("", name) or short[0] in "+-" else f"{name} ({short})"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of `ui/icons.html`. It is decoration: words beside it say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#icon-{}"></use></svg>', name)


@register.simple_tag
def face(person: Person | None) -> SafeString:
    """Draw somebody's initials on a colour of their own."""
    if person is None:
        return format_html('<span class="face" aria-hidden="true">{}</span>', "·")
    words = person.name.split()
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    return format_html('<span class="face hue-{}" aria-hidden="true">{}</span>', hue_of(person), initials)


def hue_of(person: Person) -> int:
    """Return the number of their colour in ui.css. It comes from the address, so that chat can have the same."""
    return sha512((person.email or person.name).lower().encode()).digest()[-1] % HUES


@register.simple_tag
def sandbox_url() -> str:
    """Return where the pretend Slack is, nothing when there is a real one."""
    return str(settings.SANDBOX_URL) if settings.SANDBOX else ""


@register.simple_tag
def now_iso() -> str:
    return _iso(timezone.now())


def in_words(length: timedelta) -> str:
    """Return the two largest units, as `ui.js` does."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {rest} min"
    return f"{rest} min" if rest else "under 1 min"


def _time(at: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', _iso(at), _exactly(at), words)


def _aware(utc: str) -> datetime:
    return datetime.strptime(utc, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _exactly(at: datetime) -> str:
    here = timezone.localtime(at)
    return f"{here:%A} {here.day} {here:%B %Y, %H:%M:%S} {here:%Z}"
