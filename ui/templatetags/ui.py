"""How times, people, icons and Markdown look in templates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from hashlib import sha512

from django import template
from django.conf import settings
from django.template import Context, Engine
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.drawn import Drawn
from incidents.models import Incident, TimelineEntry
from people.models import Person
from ui.clock import on_own_clock
from ui.document import Document
from ui.pieces import Piece, gap

register = template.Library()

HUES = 8
MOMENT_IN_WORDS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC")  # as incidents.services writes it


@register.filter
def html_of(row: Drawn, name: str) -> SafeString:
    """Show a text of this row, as it was drawn when it was written, with its paragraphs."""
    return row.html_of(name, block=True)


@register.filter
def html_line_of(row: Drawn, name: str) -> SafeString:
    """Show a text of this row as a part of a sentence."""
    return row.html_of(name, block=False)


@register.filter
def with_local_moments(drawn: SafeString) -> SafeString:
    """Show the moments that an entry was recorded with in the reader's time zone, like all others on the page."""
    return SafeString(MOMENT_IN_WORDS.sub(_in_own_time, drawn))


@register.filter
def with_local_moment(drawn: SafeString) -> SafeString:
    """Show the first moment in the reader's time zone: what comes after it are somebody's words, as a reason."""
    return SafeString(MOMENT_IN_WORDS.sub(_in_own_time, drawn, count=1))


@register.simple_tag
def entry_address(entry: TimelineEntry, document: Document) -> SafeString:
    """Return the address of an entry: of a long timeline with its number, as it may not be on the page."""
    if not document.is_long:
        return format_html("#entry-{}", entry.seq)
    everything = "&timeline=all" if document.shows_everything else ""
    return format_html("?entry={}{}#entry-{}", entry.seq, everything, entry.seq)


@register.filter
def web_address(address: str | None) -> str:
    """Return `address` when a link may lead there. What came from elsewhere could be a script."""
    return address if address and address.lower().startswith(("https://", "http://")) else ""


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Show day and time; the exact one on hover."""
    here = on_own_clock(at)
    return _time(at, f"{here.day} {here:%b %Y, %H:%M}")


@register.simple_tag
def clock(at: datetime) -> SafeString:
    """Show the time of day; the exact one on hover."""
    return _time(at, f"{on_own_clock(at):%H:%M}")


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


@register.simple_tag(takes_context=True)
def piece(context: Context, name: str, **values: object) -> SafeString:
    """Draw the template of that name as a piece of the document, which an open page gets only when it is new to it."""
    within: list[Piece] = []
    around: list[Piece] | None = context.get("pieces")
    with context.push(pieces=within, **values):
        html = Engine.get_default().get_template(name).render(context).strip()
    drawn = Piece.of(html, within)
    if around is None:
        return drawn.sent(context.get("known_marks") or frozenset())
    around.append(drawn)
    return gap(len(around) - 1)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of `ui/icons.html`. It is decoration: words beside it say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#icon-{}"></use></svg>', name)


@register.simple_tag
def face(person: Person | None) -> SafeString:
    """Draw somebody's initials on a colour of their own."""
    if not person:  # a template says "" for an account that is nobody's yet
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


def _in_own_time(found: re.Match[str]) -> str:
    try:
        at = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:  # it stands in a name, as nothing that we write has a 30 February
        return found[0]
    return moment(at)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _exactly(at: datetime) -> str:
    here = on_own_clock(at)
    return f"{here:%A} {here.day} {here:%B %Y, %H:%M:%S} {here:%Z}"
