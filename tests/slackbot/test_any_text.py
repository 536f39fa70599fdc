"""Whatever people write: Slack refuses nothing that we say about it, and nobody is called by it.

A journey uses everything that the product can emit, with texts that Hypothesis makes up. A kind of row, a dialog, a
command, a button or a reminder that it does not use fails it: feed the new one here.
Every run makes the same two journeys; `TEXT_JOURNEYS=50` makes fifty new ones.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import SectionBlock

from incidents import queries, services
from incidents.fields import CustomField
from incidents.models import EntryKind, Incident, Role, Severity, TimelineEntry
from sandbox.arguments import METHODS
from sandbox.event_scopes import EVENT_SCOPES
from slackbot.api import limits
from slackbot.api.client import RESPONSE_URL
from slackbot.api.mrkdwn import TOKEN, escape, to_plain
from slackbot.kit.registry import Registered, registry
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.outbound.deliveries.kind import KINDS
from slackbot.outbound.projector import RULES
from slackbot.plugins import CommandContext, incident_command
from slackbot.testing import Actor, Workspace

H = TypeVar("H", bound=Registered)

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved

JOURNEYS: Final = int(os.environ.get("TEXT_JOURNEYS", "0"))
PROFILE: Final = settings(
    max_examples=JOURNEYS or 2,
    deadline=None,
    derandomize=not JOURNEYS,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# Somebody whom the texts mention, and who has no part in any incident.
STRANGER: Final = "U0ALAN"
EVERYTHING: Final = f"a<!channel> <@{STRANGER}|x> &lt;!here&gt; [x](<!here>) `<!everyone>` 🔥 مرحبا & | ``` \n> *b*"
FRAGMENTS: Final = (
    EVERYTHING,  # what Hypothesis tries first
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    f"<@{STRANGER}>",
    f"<@{STRANGER}|alan>",
    "<!subteam^S0ONCALL|@oncall>",
    "<#C0GENERAL|general>",
    "&lt;!channel&gt;",
    "&amp;lt;!here&amp;gt;",
    f"[x](<!channel>) [y](<@{STRANGER}>) [z](!here)",
    "<https://example.com/?a=1&b=2|<!channel>>",
    "[label | <!here>](https://example.com/a|b)",
    "https://example.com/?q=<!channel>",
    "mailto:<!channel>",
    "@here @channel @everyone @alan @oncall",
    "`<!channel>`",
    "```<!here>\n```",
    "```",
    "`",
    "|",
    "&",
    "<",
    ">",
    "* _ ~ # - 1. \\",
    "\n",
    "\n\n> ",
    "\r\n- ",
    "\u2028",
    "\u200b\u2060\ufeff",
    "\u202eright to left",
    "مرحبا بالعالم",
    "שלום",
    "👩‍👩‍👧 🏳️‍🌈",
    "Ödeme 決済",
    ":tada: :not_an_emoji:",
    "{title} %s {{ x }}",
    "🔥" * 90,
    "&" * 400,
    "<" * 700,
    "word " * 200,
    "x" * 2900,
)
# The messages that call people whatever else is around.
CALLS_EVERYBODY: Final = re.compile(r"<!(?:channel|here|everyone|subteam)")


def _joined(parts: list[str]) -> str:
    text = "".join(parts)
    return text if any(letter.isalnum() for letter in text[:40]) else f"x{text}"


# Slack's own client sends nobody NUL, or half of an emoji.
_LETTERS: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
TEXTS: Final = st.lists(st.one_of(st.sampled_from(FRAGMENTS), _LETTERS), min_size=1, max_size=9).map(_joined)


class Texts:
    """So many that a failure had better not show them all; it shows what came of them."""

    def __init__(self, texts: list[str]) -> None:
        self.all = texts

    def __repr__(self) -> str:
        return f"<{len(self.all)} texts>"


SOME_TEXTS: Final = st.lists(TEXTS, min_size=50, max_size=50).map(Texts)

# What in Slack shows that a row of this kind was really sent.
SHOWN_BY: Final = {
    "headline": "chat.postMessage",
    "channel": "conversations.create",
    "channel check": "conversations.info",
    "headline channel": "conversations.info",
    "topic": "conversations.setTopic",
    "bookmark": "bookmarks.add",
    "members": "conversations.invite",
    "invite": "conversations.invite",
    "keep_message": "conversations.history",
    "home": "views.publish",
    "update": "chat.postMessage",
    "welcome": "chat.postMessage",
    "steps": "chat.update",
    "announcement": "chat.postMessage",
    "post": "chat.postMessage",
    "prompt": "chat.postMessage",
    "elsewhere": "chat.postMessage",
    "prompt elsewhere": "chat.postMessage",
    "edit": "chat.update",
    "reaction": "reactions.add",
    "whisper": RESPONSE_URL,
    "declared": RESPONSE_URL,
    "direct": "chat.postMessage",
    "assigned": "conversations.members",
    "profile": "users.info",
    "go_private": "conversations.archive",
    "roster": "conversations.members",
    "expel": "conversations.kick",
    "retract": "chat.update",
}
# What nothing but plugins made for monzo/response sends; the words are theirs.
OF_OLD_PLUGINS: Final = {"message", "call"}
# In the manifest, and not on the journey: why we ask for it all the same.
NOT_ON_THE_WAY: Final = {
    "bookmarks:read": "bookmarks.list, to find our bookmark after a lost answer",
    "metadata.message:read": "shows our keys in conversations.history; needed after a lost answer",
    "users:read.email": "shows addresses in users.list and users.info, by which people are known on the web",
}
# Whoever is mentioned after one of these is meant.
TAKES_PEOPLE: Final = {"lead", "role", "invite", "action"}
# Commands that end what the others need, or whose words say what to do: said by hand.
SAID_BY_HAND: Final = {"cancel", "declare", "private", "reopen", "resolve"}


class Journey:
    """The life of an incident, with another text wherever somebody may write one."""

    def __init__(self, workspace: Workspace, texts: Iterator[str]) -> None:
        self.workspace = workspace
        self.texts = texts
        self.ada, self.grace, self.linus, self.katherine = (
            Actor(workspace, f"U0{name}") for name in ("ADA", "GRACE", "LINUS", "KATHERINE")
        )

    def text(self, most: int = 2990) -> str:
        """Return another text, of at most so many characters however Slack counts them."""
        return next(self.texts).encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")

    def words(self, command: str) -> str:
        """Return a command with another text after it."""
        text = self.text()
        if command in TAKES_PEOPLE:
            text = text.replace(STRANGER, self.grace.id).replace("@alan", "@grace")
        return f"{command} {text}"

    def run(self) -> Incident:
        self.give_names()
        incident = self.declare()
        self.remind(incident)
        self.command(incident)
        self.keep(incident)
        self.use_forms(incident)
        self.end(incident)
        return incident

    def give_names(self) -> None:
        """People, severities and roles are called what somebody thought funny."""
        control = self.workspace.sandbox.control
        for person in (self.ada, self.grace, self.linus):
            control(f"people/{person.id}", real_name=self.text(160), display_name=self.text(80))
        for severity in Severity.objects.all():
            severity.name, severity.when_to_choose = f"{severity.rank}{self.text(40)}", self.text(150)
            severity.save()
        Role.objects.get_or_create(key="scribe")
        for role in Role.objects.all():
            role.name, role.description = f"{role.pk}{self.text(40)}", self.text(100)
            role.save()
        self.workspace.settle()

    def declare(self) -> Incident:
        """From the Home tab, from the menu of a message, as a report, and by command."""
        self.katherine.does("home.open")
        home = self.workspace.sandbox.get("home", user=self.katherine.id)["view"]
        self.katherine.does(
            "block.act", view_id=home["id"], block_id=home["blocks"][1]["block_id"], action_id="declare-incident"
        )
        self.katherine.submits({"title": self.text(200), "summary": self.text(), "field_story": self.text(200)})
        said = self.grace.says(self.text(), in_="#incidents")
        where = self.workspace.channel("#incidents").id
        self.grace.does("shortcut.run", callback_id="declare-from-message", channel=where, ts=said.ts)
        self.grace.submits({"title": self.grace.dialog_values["title"] or "x", "kind": "report"})
        self.grace.does("shortcut.run", callback_id="declare-incident")
        self.grace.submits({"title": self.text(200), "kind": "report"})
        self.grace.clicks("create-channel")
        self.ada.says(f"/incident declare {self.text()}", in_="#incidents")
        self.ada.submits({"title": self.text(200), "summary": self.text(), "impact": self.text()})
        self.katherine.does("home.open")
        return Incident.objects.latest("pk")

    def remind(self, incident: Incident) -> None:
        self.grace.joins(incident)
        self.grace.clicks("Post update", in_=incident)
        self.grace.submits({"update": self.text()})
        self.workspace.after(minutes=11)
        self.grace.clicks("Take the lead", in_=incident)
        self.grace.clicks("quiet-reminders", in_=incident)
        self.grace.says("@incident quiet off", in_=incident)
        self.workspace.after(days=4)  # it may be Saturday

    def command(self, incident: Incident) -> None:
        """Every command with a text, without one, and typed after `/incident`; then those that a text cannot do."""
        where = self.workspace.channel(incident).id
        names = [each.name for each in registry.listed_commands() if each.is_built_in and each.name not in SAID_BY_HAND]
        lines = [f"@incident {self.words(name)}" for name in names]
        lines += [f"@incident {self.text()}"]
        lines += [f"@incident field {name} {self.text()}" for name in ("story", "details")]
        lines += [f"@incident echo {self.text()}" for _ in range(2)]
        lines += [f"@incident {self.words('action')}" for _ in range(6)]
        self.grace.says("\n".join(lines), in_=incident)
        # Apart from those: Slack cuts a message that is too long.
        roles = [f"role {key} @grace" for key in Role.objects.values_list("key", flat=True)]
        plain = ["severity 1", "status monitoring", "lead @linus", *roles, "field place one", "fields"]
        plain += ["role scribe nobody", "role lead nobody", "actions", "invite @katherine"]
        self.grace.says("\n".join(f"@incident {words}" for words in plain), in_=incident)
        for name in names:
            for words in (name, self.words(name)):
                typed = {"channel": where, "text": f"/incident {words}"}
                answer = self.workspace.sandbox.act("message.send", self.grace.id, **typed)
                assert answer["ok"], f"{typed}: {answer}"
        self.grace.clicks("complete-action", in_=incident)
        self.grace.says("@incident actions", in_=incident)
        self.grace.clicks("new-action", in_=incident)
        self.grace.submits({"action": self.text()})
        self.grace.says(f"{self.text()} @incident", in_=incident)

    def keep(self, incident: Incident) -> None:
        """Pins and what becomes of them, a reaction, a message's menu, a file."""
        channel = self.workspace.channel(incident)
        said = self.grace.says(self.text(), in_=incident)
        self.grace.pins(said, in_=incident)
        self.grace.does("message.edit", channel=channel.id, ts=said.ts, text=self.text())
        self.grace.does("channel.rename", channel=channel.id, name=f"inc-{incident.number}-ünlücü")
        self.grace.does("shortcut.run", callback_id="redact-message", channel=channel.id, ts=said.ts)
        self.grace.submits({"reason": "It was a mistake"})
        self.grace.unpins(said, in_=incident)
        self.grace.does("reaction.add", channel=channel.id, ts=said.ts, name="pushpin")
        other = self.grace.says(self.text(), in_=incident, thread=said)
        self.grace.does("shortcut.run", callback_id="add-to-timeline", channel=channel.id, ts=other.ts)
        sent = self.grace.does(
            "file.upload", channel=channel.id, name=self.text(100), content="eA==", mimetype="text/plain", text="see"
        )
        self.grace.does("pin.add", channel=channel.id, ts=sent["message"]["ts"])
        unknown = {"name": f"newcomer{incident.number}", "real_name": self.text(160)}
        newcomer = Actor(self.workspace, self.workspace.sandbox.control("people", **unknown)["user"]["id"])
        newcomer.joins(incident)
        newcomer.says(self.text(), in_=incident)

    def use_forms(self, incident: Incident) -> None:
        self.grace.says("/incident edit", in_=incident)
        everything = {"title": self.text(200), "summary": self.text(), "impact": self.text(), "lead": self.ada}
        self.grace.submits({**everything, "kind": "drill", "field_details": self.text()})
        self.grace.says(f"@incident summary {self.text()}", in_=incident)
        self.grace.clicks("replace-text", in_=incident)
        self.grace.says("@incident impact", in_=incident)
        self.grace.clicks("change-field", in_=incident)
        self.grace.submits({self.grace.dialog["blocks"][0]["block_id"]: self.text()})
        self.grace.clicks("edit-incident", in_="#incidents")
        self.grace.does("view.close", view_id=self.grace.dialog["id"])
        self.grace.says("@incident action new", in_=incident)
        self.grace.clicks("Open the form", in_=incident)
        self.grace.submits({"action": self.text(), "owner": self.grace})

    def end(self, incident: Incident) -> None:
        self.grace.says(f"@incident update {self.text()}", in_=incident)
        self.katherine.does("home.open")
        self.grace.says("@incident list", in_=incident)
        self.grace.says("@incident resolve", in_=incident)
        self.grace.clicks("Resolve INC-", in_=incident)
        self.grace.submits({"field_cause": self.text(200), "final_update": self.text()})
        self.grace.says("@incident reopen", in_=incident)
        self.grace.clicks("resolve-incident", in_="#incidents")
        self.grace.submits({})
        self.grace.clicks("reopen-incident", in_="#incidents")
        other = queries.open_incidents(queries.SYSTEM).exclude(pk=incident.pk).latest("pk")
        for words in (f"cancel {self.text()}", f"merge {self.text()}", "merge", f"merge {other.reference}"):
            self.grace.says(f"@incident {words}", in_=incident)
            self.grace.says("@incident reopen", in_=incident)
        self.grace.says(f"@incident timeline {self.text()}", in_=incident)
        note = incident.entries.filter(kind=EntryKind.NOTE_ADDED).latest("seq")
        self.grace.says(f"@incident update {self.text()}", in_=incident)
        update = incident.entries.filter(kind=EntryKind.UPDATE_POSTED).latest("seq")
        for entry in (note, update):
            self.grace.says(f"@incident redact {entry.seq} It was a mistake", in_=incident)
            self.grace.clicks("redact-entry", in_=incident)
        self.hide(incident)

    def hide(self, incident: Incident) -> None:
        self.loses_the_bot(incident)
        self.grace.says("@incident private", in_=incident)
        self.grace.clicks("make-private", in_=incident)
        self.grace.submits({"people": [self.grace, self.katherine]})
        private = self.workspace.channel(incident)
        self.grace.does("channel.rename", channel=private.id, name=f"inc-{incident.number}-gizli-ünlü")
        guest = {"name": f"guest{incident.number}", "real_name": self.text(160), "is_restricted": True}
        visitor = Actor(self.workspace, self.workspace.sandbox.control("people", **guest)["user"]["id"])
        self.grace.says(f"@incident invite {visitor}", in_=incident)
        visitor.does("channel.leave", channel=self.workspace.channel(incident).id)
        self.loses_the_bot(incident)
        services.expel_member(incident, person=self.katherine.person, by=self.grace.person, at=timezone.now())
        self.workspace.settle()
        self.grace.says("@incident private off", in_=incident)
        self.plays_with_channels(incident.number)

    def loses_the_bot(self, incident: Incident) -> None:
        channel = self.workspace.channel(incident).id
        self.grace.does("channel.kick", channel=channel, member=self.workspace.BOT)
        self.grace.does("channel.invite", channel=channel, users=[self.workspace.BOT])
        self.grace.does("channel.archive", channel=channel)
        self.grace.does("channel.unarchive", channel=channel)

    def plays_with_channels(self, number: int) -> None:
        self.grace.does("channel.rename", channel="incidents", name="incidents-ünlü")
        self.grace.does("channel.rename", channel="incidents-ünlü", name="incidents")
        for private in (False, True):
            name = f"passing-{number}-{'private' if private else 'public'}"
            self.grace.does("channel.create", name=name, private=private)
            self.grace.does("channel.invite", channel=name, users=[self.workspace.BOT])
            self.grace.does("channel.share", channel=name)
            self.grace.does("channel.delete", channel=name)


def _sent(workspace: Workspace) -> Iterator[Any]:
    """Give everything that we sent, as Slack got it: the arguments of calls, and what is shown of us."""
    for call in workspace.sandbox.get("calls", limit=5000)["calls"]:
        yield call["args"]
    for channel in workspace.sandbox.get("channels")["channels"]:
        # Answers to requests are remembered only in part; here is what became of them.
        for message in workspace.sandbox.get("messages", channel=channel["id"], user="U0GRACE")["messages"]:
            if message.get("bot_id"):
                yield {"text": message["text"], "blocks": message.get("blocks", [])}


def _live_texts(sent: Any) -> Iterator[str]:
    """Give the texts in which Slack looks for mentions: not those of `plain_text`, of fields, and of metadata."""
    if isinstance(sent, list):
        for item in sent:
            yield from _live_texts(item)
    elif isinstance(sent, dict) and sent.get("type") != "plain_text":
        for name, value in sent.items():
            if name in ("text", "topic") and isinstance(value, str):
                yield value
            elif name != "metadata":
                yield from _live_texts(value)


def _calls_somebody(text: str) -> bool:
    strangers = [found for found in TOKEN.finditer(text) if found["kind"] == "@" and found["body"] == STRANGER]
    return bool(strangers or CALLS_EVERYBODY.search(text))


def _left_out(workspace: Workspace) -> list[str]:
    """Name what the product can emit, or take in, and the journey did not use."""
    sandbox = workspace.sandbox
    called = {call["method"] for call in sandbox.get("calls", limit=5000)["calls"] if call["ok"]}
    sent = set(OutboxEntry.objects.filter(is_open=False, given_up_at=None, error="").values_list("kind", flat=True))
    told = {(one["kind"], one["type"]) for one in sandbox.get("deliveries", limit=5000)["deliveries"]}
    used = {type_ for _, type_ in told}
    spoke = {
        row.handler
        for row in InboxEntry.objects.filter(kind="notification")
        if OutboxEntry.objects.filter(key__startswith=f"{row.key}:post", is_open=False).exists()
    }
    happened = set(TimelineEntry.objects.values_list("kind", flat=True))
    return [
        *(
            f"outgoing {name}"
            for name in set(KINDS) - OF_OLD_PLUGINS
            if name not in sent or SHOWN_BY.get(name) not in called
        ),
        *(f"dialog {name}" for name, each in _ours(registry.dialogs) if ("view_submission", name) not in told),
        *(f"button or menu {name}" for name, each in _ours(registry.actions) if name not in used),
        *(f"reminder {name}" for name, each in _ours(registry.notifications) if name not in spoke),
        *(f"news of {kind}" for kind in set(RULES) - {EntryKind.TROUBLE} if kind not in happened),
        *(f"event {name}" for name in registry.events if name not in used),
    ]


def _asked_for_in_vain(workspace: Workspace) -> set[str]:
    """Return the scopes and events of our manifest that nothing used. What is missing in it was refused on the way.

    A method of conversations of several kinds uses the scopes of all of them.
    """
    document = workspace.sandbox.get("manifest")["manifest"]
    calls = workspace.sandbox.get("calls", limit=5000)["calls"]
    deliveries = workspace.sandbox.get("deliveries", limit=5000)["deliveries"]
    heard = {_subscription(one["payload"]["event"]) for one in deliveries if one["kind"] == "event"}
    used = {"commands" for one in deliveries if one["kind"] == "slash_command"}
    used.update(scope for call in calls if call["ok"] for scope in _scopes(call["method"]))
    used.update(scope for event in heard for scope in EVENT_SCOPES.get(event, ()))
    asked = set(document["oauth_config"]["scopes"]["bot"])
    return asked - used | set(document["settings"]["event_subscriptions"]["bot_events"]) - heard


def _scopes(method: str) -> tuple[str, ...]:
    return METHODS[method].scopes if method in METHODS else ()


def _subscription(event: dict[str, Any]) -> str:
    """Return the name under which one subscribes to an event."""
    names = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}
    return names[event["channel_type"]] if event["type"] == "message" else str(event["type"])


def _ours(handlers: Mapping[str, H]) -> list[tuple[str, H]]:
    return [(name, each) for name, each in handlers.items() if each.is_built_in]


@pytest.fixture
def _a_plugin(registers: None) -> None:
    """What only plugins do: say what somebody wrote in another channel, and under what they wrote."""

    @incident_command("echo", help="say it in another channel", usage="text")
    def echo(ctx: CommandContext) -> None:
        said = escape(to_plain(ctx.text, names={}))
        ctx.post(said, channel="#random", blocks=[SectionBlock(text=limits.cut(said, limits.SECTION))] * 9)
        ctx.post(said, channel="#random", until=[EntryKind.MERGED])
        ctx.post(said, channel="#random", until=[EntryKind.OPENED])  # never answered: an answered one is no prompt
        ctx.reply(said, blocks=[SectionBlock(text=limits.cut(said, limits.SECTION))] * 60)


@pytest.fixture
def _fields(add_field: Callable[..., CustomField]) -> None:
    label = EVERYTHING[:75].strip()
    add_field("story", label, "text", asked=True, headline=True, hint=label)
    add_field("details", label, "paragraph", headline=True)
    add_field("place", label, "choice", headline=True, options={"one": label, "two": "Two"})
    add_field("cause", label, "text", required="resolving")


@pytest.mark.long
@pytest.mark.usefixtures("_a_plugin", "_fields")
def test_slack_refuses_nothing_whatever_people_write_and_nobody_is_called(workspace: Workspace) -> None:
    workspace.sandbox.control("faults", enforce_rates="off")

    @PROFILE
    @given(SOME_TEXTS)
    def journey(texts: Texts) -> None:
        Journey(workspace, itertools.cycle(texts.all)).run()

        assert workspace.refused_calls() == []
        assert list(OutboxEntry.objects.exclude(given_up_at=None).values_list("kind", "error")) == []
        assert list(InboxEntry.objects.exclude(given_up_at=None).values_list("handler", "error")) == []
        assert {text for sent in _sent(workspace) for text in _live_texts(sent) if _calls_somebody(text)} == set()

    journey()
    assert "\n".join(_left_out(workspace)) == ""
    assert _asked_for_in_vain(workspace) == set(NOT_ON_THE_WAY)
