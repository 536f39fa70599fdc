"""Compare what there is with what the script did: nothing missing, nothing twice, in the right order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

import httpx
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.faults.house import House, Row
from tests.faults.script import CHANNEL, NAMES, PEOPLE, Incident

PASSWORD: Final = "correct horse battery"


@dataclass
class Verdict:
    """What was found wrong, in sentences, and how long the product took to be well again."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    recovery: float = 0.0

    def __bool__(self) -> bool:
        return not (self.lost or self.doubled or self.disordered)

    def __str__(self) -> str:
        parts = (("Lost", self.lost), ("Doubled", self.doubled), ("Out of order", self.disordered))
        return "\n".join(f"{name}: {sentence}" for name, sentences in parts for sentence in sentences)

    def once(self, count: int, what: str) -> None:
        """Note when something that must be there once is not, or is there more often."""
        if count == 0:
            self.lost.append(what)
        elif count > 1:
            self.doubled.append(f"{what} ({count} times)")


def judge(incident: Incident) -> Verdict:
    verdict = Verdict()
    _judge_timeline(incident, verdict)
    _judge_queues(incident.house, verdict)
    _judge_slack(incident, verdict)
    _judge_page(incident, verdict)
    verdict.recovery = _seconds_to_recover(incident.house)
    return verdict


# Database -------------------------------------------------------------------------------------------------------------


def _judge_timeline(incident: Incident, verdict: Verdict) -> None:
    house = incident.house
    entries = house.rows(
        "SELECT entry.seq, entry.kind, entry.text FROM incidents_timelineentry entry"
        " JOIN incidents_incident incident ON incident.id = entry.incident_id WHERE incident.number = 1 ORDER BY seq"
    )
    expected = incident.expected
    for kind, needle in expected.entries:
        found = [entry for entry in entries if entry["kind"] == kind and needle in entry["text"]]
        if found or (kind, needle) not in expected.unknown_before:
            verdict.once(len(found), f"timeline entry {kind} {needle!r}")
    _judge_extra_entries(incident, entries, verdict)
    numbers = [entry["seq"] for entry in entries]
    if numbers != list(range(1, len(numbers) + 1)):
        verdict.lost.append(f"the timeline's numbers have gaps: {numbers}")
    versions = house.rows(
        "SELECT incident.number, incident.version, following.seen FROM incidents_incident incident"
        " JOIN incidents_following following ON following.incident_id = incident.id"
    )
    if versions != [{"number": 1, "version": len(entries), "seen": len(entries)}]:
        verdict.doubled.append(f"incidents and their versions: {versions}")
    _judge_order(incident, entries, verdict)
    query = (
        "SELECT slack.user_id, seen.message_count FROM incidents_participant seen"
        " JOIN slackbot_slackuser slack ON slack.person_id = seen.person_id"
        " JOIN incidents_incident incident ON incident.id = seen.incident_id WHERE incident.number = 1"
    )
    counted = {row["user_id"]: row["message_count"] for row in house.rows(query)}
    for person, said in incident.expected.messages.items():
        if counted.get(person, 0) != said:
            wrong = verdict.lost if counted.get(person, 0) < said else verdict.doubled
            wrong.append(f"{person} said {said} messages, {counted.get(person, 0)} are counted")


def _judge_extra_entries(incident: Incident, entries: list[Row], verdict: Verdict) -> None:
    wanted = Counter(kind for kind, _ in incident.expected.entries)
    there = Counter(entry["kind"] for entry in entries)
    for kind, number in there.items():
        if number > wanted[kind]:
            texts = [entry["text"] for entry in entries if entry["kind"] == kind]
            verdict.doubled.append(f"{number} timeline entries {kind}, {wanted[kind]} wanted: {texts}")


def _judge_order(incident: Incident, entries: list[Row], verdict: Verdict) -> None:
    """What was acknowledged before something else was delivered comes before it."""
    ordered = incident.expected.ordered
    numbers = {ts: [entry["seq"] for entry in entries if needle in entry["text"]] for ts, needle in ordered.items()}
    for ts, end in _acknowledged_mentions(incident):
        for other, begin in _begun_mentions(incident):
            ours, theirs = numbers.get(ts), numbers.get(other)
            if end < begin and ours and theirs and ours[0] > theirs[0]:
                verdict.disordered.append(f"entry {theirs[0]} was delivered after {ours[0]} was acknowledged")


def _mentions(incident: Incident) -> list[dict[str, Any]]:
    deliveries = incident.sandbox.get("deliveries", kind="event", limit=5000)["deliveries"]
    return [each for each in deliveries if each["type"] == "app_mention"]


def _acknowledged_mentions(incident: Incident) -> Iterator[tuple[str, float]]:
    for delivery in _mentions(incident):
        ends = [attempt["at"] for attempt in delivery["attempts"] if attempt["status"] == 200]
        if ends:
            yield delivery["payload"]["event"]["ts"], min(ends)


def _begun_mentions(incident: Incident) -> Iterator[tuple[str, float]]:
    for delivery in _mentions(incident):
        if delivery["attempts"]:
            first = delivery["attempts"][0]
            yield delivery["payload"]["event"]["ts"], first["at"] - first["ms"] / 1000


def _judge_queues(house: House, verdict: Verdict) -> None:
    for table in ("slackbot_inboxentry", "slackbot_outboxentry"):
        left = f"SELECT kind, key, error FROM {table} WHERE is_open OR given_up_at IS NOT NULL"
        verdict.lost += [f"{row['kind']} {row['key']} is not done: {row['error'][-300:]}" for row in house.rows(left)]


# Slack ----------------------------------------------------------------------------------------------------------------


def _judge_slack(incident: Incident, verdict: Verdict) -> None:
    expected, channel = incident.expected, incident.channel
    in_channel, in_incidents = incident.messages(CHANNEL), incident.messages("C0INCIDENTS")
    for message in in_channel:
        if message.ts in expected.checked and message.reactions != ["white_check_mark"]:
            verdict.lost.append(f"{message.text!r} has reactions {message.reactions}, not a check mark")
    for key, number in Counter(_keys([*in_channel, *in_incidents])).items():
        if number > 1:
            verdict.doubled.append(f"the message {key} is there {number} times")
    ours = [message.text for message in in_channel if _is_ours(message)]
    verdict.once(sum("What to do next" in text for text in ours), "the welcome")
    # A new lead is mentioned unless the command did, which the version before doesn't note for the newer one.
    lines = [_with_name(line) for text in ours for line in text.splitlines()]
    _judge_sequence(expected.notices, lines, "the channel is told", verdict)
    thread = [message.text for message in in_incidents if _is_ours(message) and message.raw.get("thread_ts")]
    _judge_sequence(expected.updates, [text for text in thread if "INC-1" not in text], "the thread says", verdict)
    headlines = [message for message in in_incidents if _is_ours(message) and "*Status*" in message.text]
    verdict.once(len(headlines), "the headline")
    for words in ("Resolved", "Shard three was full", "Critical", "All shards are well", "Half of Europe"):
        if headlines and words not in headlines[0].text:
            verdict.lost.append(f"the headline does not say {words!r}")
    for words in ("Resolved", "Critical", "lead <@U0LINUS>", "Shard three was full"):
        if words not in channel["topic"]["value"]:
            verdict.lost.append(f"the topic {channel['topic']['value']!r} does not say {words!r}")
    verdict.once(len(channel["bookmarks"]), "the bookmark")
    verdict.lost += [f"{person} is not in the channel" for person in PEOPLE if person not in channel["members"]]
    made = [each for each in incident.sandbox.get("channels")["channels"] if each["name"].startswith("inc-")]
    verdict.once(len(made), "the channel")
    _judge_whispers(incident, verdict)


def _judge_whispers(incident: Incident, verdict: Verdict) -> None:
    """What only one person sees cannot be looked up in Slack, so it may be said twice; it must be said."""
    told = [message.text for message in incident.messages("C0GENERAL", PEOPLE[0]) if message.is_ephemeral]
    if not any("is declared" in text for text in told):
        verdict.lost.append("Ada was not told that the incident is declared")
    direct = incident.sandbox.act("channel.open_dm", "U0LINUS", users=["U0RESPONSE"])["channel"]["id"]
    asked = sum(
        "while the details are fresh in your mind" in message.text for message in incident.messages(direct, "U0LINUS")
    )
    verdict.once(asked, "the request to the lead to complete the document")


def _judge_sequence(wanted: list[str], texts: list[str], what: str, verdict: Verdict) -> None:
    """Each of the texts once, and in this order."""
    places = []
    for needle in wanted:
        found = [number for number, text in enumerate(texts) if needle in text]
        verdict.once(len(found), f"{what} {needle!r}")
        places += found[:1]
        if not found:
            verdict.lost.append(f"{what} only {texts}")
    if places != sorted(places):
        verdict.disordered.append(f"{what}: {texts}")


def _with_name(line: str) -> str:
    """Return a line that begins with a mention as if it began with the name."""
    for user_id, name in NAMES.items():
        if line.startswith(f"<@{user_id}>"):
            return name + line.removeprefix(f"<@{user_id}>")
    return line


def _is_ours(message: Any) -> bool:
    return bool(message.raw.get("bot_id")) and not message.raw.get("subtype", "").startswith("channel_")


def _keys(messages: Iterable[Any]) -> Iterator[str]:
    for message in messages:
        payload = (message.raw.get("metadata") or {}).get("event_payload") or {}
        if "key" in payload:
            yield payload["key"]


# Page -----------------------------------------------------------------------------------------------------------------


def _judge_page(incident: Incident, verdict: Verdict) -> None:
    """Read the incident's page as somebody who has an account."""
    page = read_page(incident.house, "/incidents/1/")
    for kind, needle in incident.expected.entries:
        shown = page.count(needle)
        if kind in ("note_added", "pin_added", "update_posted"):
            verdict.once(min(shown, 2) if kind == "note_added" else min(shown, 1), f"on the page: {needle!r}")
    for words in ("INC-1", "Shard three was full", "Resolved", "Critical", "Half of Europe cannot pay"):
        if words not in page:
            verdict.lost.append(f"the page does not say {words!r}")


def read_page(house: House, address: str, *, url: str = "") -> str:
    """Return the words of a page as somebody reads them who has an account, and runs Response. `url` is of one web."""
    house.write(
        "INSERT INTO auth_user (username, password, email, first_name, last_name, is_superuser, is_staff, is_active,"
        " date_joined) VALUES ('reader', %s, '', 'A', 'Reader', true, true, true, '2026-01-01 00:00:00+00:00')"
        " ON CONFLICT DO NOTHING",
        PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1),
    )
    with httpx.Client(base_url=url or house.url, follow_redirects=True, timeout=30) as browser:
        form = browser.get("/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None, form
        data = {"csrfmiddlewaretoken": token[1], "username": "reader", "password": PASSWORD}
        browser.post("/login/", data=data, headers={"Referer": url or house.url})
        answer = browser.get(address)
        assert answer.status_code == 200, answer.text[:2000]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


# Recovery -------------------------------------------------------------------------------------------------------------


def _seconds_to_recover(house: House) -> float:
    """Return the longest time from the end of a fault to the end of what waited for it.

    What waited is a row that was there and not done, and the next of Slack's requests.
    """
    lives, attempts = house.lives_of_rows(), house.attempts()
    longest = 0.0
    for _, ended in house.faults:
        waited = [done - ended for came, done in lives if came <= ended < done]
        longest = max([longest, _next_answer(attempts, ended), *waited])
    return longest


def _next_answer(attempts: list[tuple[float, float, bool]], moment: float) -> float:
    """Return how long whoever asked first after `moment` waited until somebody was answered."""
    later = [(begin, end, accepted) for begin, end, accepted in attempts if end > moment]
    ends = [end for _, end, accepted in later if accepted]
    return min(ends) - max(later[0][0], moment) if ends else 0.0
