"""Keep the table of rooms true: who may import whom.

The direction of imports is what keeps this house habitable, so it is held by a test and not by good will. Every import
counts: at the top, inside functions, under conditions, for type checkers only, relative, and by name (`import_module`).
So does every use of a template: what a template extends, includes and loads, and the names of templates in Python.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = frozenset({"jobs", "people", "incidents", "integrations", "slackbot", "ui", "response", "sandbox"})
HTTP = "integrations.http"
IMPORT_CALLS = frozenset({"import_module", "__import__", "import_string"})
MOST_LINES = 400  # so that a module has one theme
MAY_BE_LONGER = frozenset({"migrations", "monzo"})  # generated, and kept as its callers know it
NOT_THE_PRODUCT = frozenset({"sandbox", "examples"})


@dataclass(frozen=True)
class Rule:
    """What a room may import, by prefix. `others` is what it may import from outside of this project."""

    rooms: frozenset[str] = frozenset()
    others: frozenset[str] | None = None  # None: anything that is not in `never`.
    never: frozenset[str] = frozenset()

    def allows(self, name: str) -> bool:
        top = name.partition(".")[0]
        if top in ROOMS | {"tests"}:
            return any(is_within(name, allowed) for allowed in self.rooms)
        if top in sys.stdlib_module_names:
            return True
        return top in self.others if self.others is not None else top not in self.never


# What plugins may use of the domain, and of the Slack interface.
FOR_PLUGINS = frozenset(
    {
        "slackbot.plugins",
        *(f"people.{module}" for module in ("access", "actors", "errors", "models", "services", "texts")),
        *(f"incidents.{module}" for module in ("services", "queries", "models", "errors")),
        *(f"incidents.{module}" for module in ("access", "corrections", "redaction")),
        *(f"incidents.{module}" for module in ("emoji", "entries", "fields", "texts")),
    }
)
BUILT_INS = "slackbot/slack_handlers"
# What built-ins import that no plugin may, and why. The list only gets shorter: see MOST_EXCEPTIONS.
_KEEPS_ITS_COPY = "keeps Response's own copy of the workspace true, which plugins only read"
EXCEPTIONS = {
    ("channel_events", "slackbot.directory.moves"): _KEEPS_ITS_COPY,
    ("channel_events", "slackbot.outbound.headline_channel"): _KEEPS_ITS_COPY,
    ("channel_events", "slackbot.outbound.closures"): _KEEPS_ITS_COPY,
    ("members", "slackbot.outbound.headline_channel"): _KEEPS_ITS_COPY,
    ("members", "slackbot.models"): _KEEPS_ITS_COPY,
    ("members", "slackbot.outbound.closures"): _KEEPS_ITS_COPY,
    ("members", "slackbot.outbound.privacy"): _KEEPS_ITS_COPY,
    ("people", "slackbot.directory.people"): _KEEPS_ITS_COPY,
    ("messages", "slackbot.inbound.keywords"): "hands messages to the handlers of keywords",
    ("operate", "jobs"): "switches off parts of Response, plugins among them",
    ("private", "slackbot.outbound.privacy"): "tries again to move people to a private channel",
    ("redact", "incidents.traces"): "compares texts as redaction does",
    ("redact", "slackbot.redaction"): "compares texts as redaction does",
}
MOST_EXCEPTIONS = 13

RULES = {
    "jobs": Rule(
        rooms=frozenset({"jobs"}),
        others=frozenset({"django", "redis", "celery", "prometheus_client"}),
    ),
    "people": Rule(rooms=frozenset({"people", "jobs"}), others=frozenset({"django"})),
    "incidents": Rule(
        rooms=frozenset({"incidents", "people", "jobs"}), others=frozenset({"django", "markdown_it", "nh3"})
    ),
    "integrations": Rule(
        rooms=frozenset({"integrations", "incidents", "people", "jobs"}),
        never=frozenset({"slack_sdk", "slack_bolt", "celery"}),
    ),
    "slackbot": Rule(rooms=frozenset({"slackbot", "incidents", "people", "jobs", HTTP})),
    "ui": Rule(
        rooms=frozenset({"ui", "incidents", "people", "jobs", HTTP}),
        never=frozenset({"slack_sdk", "slack_bolt", "celery"}),
    ),
    "response": Rule(rooms=frozenset({"response"})),
    "sandbox": Rule(rooms=frozenset({"sandbox"}), never=frozenset({"django", "slack_sdk", "slack_bolt"})),
    "examples": Rule(
        rooms=frozenset({"examples", "slackbot.testing", "slackbot.monzo", *FOR_PLUGINS}),
    ),
    BUILT_INS: Rule(rooms=frozenset({"slackbot.slack_handlers", *FOR_PLUGINS})),
}

# The subpackages and modules of slackbot, from the lowest to the highest. Each imports only itself and lower ones. A
# lower one that depends on a higher one offers a function with which the higher one registers.
LAYERS = (
    "models",
    "migrations",
    "api",
    "directory",
    "kit",
    "rendering",
    "outbound",
    "inbound",
    "manifest",
    "operators",
    "redaction",
    "plugins",
    "slack_handlers",
    "monzo",
    "testing",
    "management",
    "apps",
)
# Imports that close a circle, and why. The list only gets shorter: see MOST_CIRCULAR_IMPORTS.
_ACTS_ON_THE_WORLD = "the world creates it, and it acts on the world; the import is for type checkers only"
CIRCULAR_IMPORTS = {
    ("sandbox.deliveries", "sandbox.world"): _ACTS_ON_THE_WORLD,
    ("sandbox.socket_mode", "sandbox.world"): _ACTS_ON_THE_WORLD,
}
MOST_CIRCULAR_IMPORTS = 2


def is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def imports(source: str, *, package: str) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything that a module of this package imports."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                origin = absolute("." * level + (module or ""), package=package)
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if called(function) in IMPORT_CALLS:
                yield node.lineno, absolute(name, package=package)


def called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def absolute(name: str, *, package: str) -> str:
    """Turn "..models" in the package "slackbot.outbound" into "slackbot.models"."""
    bare = name.lstrip(".")
    up = len(name) - len(bare)
    if not up:
        return bare
    parts = package.split(".")
    return ".".join(part for part in (*parts[: len(parts) - up + 1], bare) if part)


def is_excepted(built_in: str, name: str) -> bool:
    return any(module == built_in and is_within(name, prefix) for module, prefix in EXCEPTIONS)


def broken_rules(source: str, *, room: str, package: str) -> list[tuple[int, str]]:
    return [(line, name) for line, name in imports(source, package=package) if not RULES[room].allows(name)]


def modules() -> Iterator[tuple[str, Path]]:
    for room in RULES:
        yield from ((room, path) for path in sorted((ROOT / room).rglob("*.py")))


def test_no_module_imports_what_its_room_must_not() -> None:
    broken = []
    for room, path in modules():
        place = path.relative_to(ROOT)
        package = ".".join(place.parent.parts)
        found = broken_rules(path.read_text(encoding="utf-8"), room=room, package=package)
        if room == BUILT_INS:
            found = [(line, name) for line, name in found if not is_excepted(path.stem, name)]
        broken += [f"{place}:{line} imports {name}" for line, name in found]

    assert not broken, "\n" + "\n".join(broken)


def layer_of(name: str) -> str:
    """Return "outbound" for "slackbot.outbound.outbox"; "" for slackbot itself, and for what is outside of it."""
    top, _, rest = name.partition(".")
    return rest.partition(".")[0] if top == "slackbot" else ""


def upward_imports(source: str, *, layer: str, package: str) -> list[tuple[int, str]]:
    found = [(line, name, layer_of(name)) for line, name in imports(source, package=package)]
    return [(line, name) for line, name, other in found if other and LAYERS.index(other) > LAYERS.index(layer)]


def modules_by_name() -> dict[str, Path]:
    """Return the path of each of our modules by its full name; a package's is that of its `__init__`."""
    paths = {path.relative_to(ROOT).with_suffix(""): path for _room, path in modules()}
    return {".".join(place.parts).removesuffix(".__init__"): path for place, path in paths.items()}


def test_no_layer_of_slackbot_imports_a_higher_one() -> None:
    broken = []
    for name, path in modules_by_name().items():
        if layer := layer_of(name):
            place = path.relative_to(ROOT)
            found = upward_imports(path.read_text(encoding="utf-8"), layer=layer, package=".".join(place.parent.parts))
            broken += [f"{place}:{line} imports {imported}" for line, imported in found]

    assert not broken, "\n" + "\n".join(broken)


def test_every_part_of_slackbot_has_a_layer() -> None:
    assert {layer_of(name) for name in modules_by_name()} - {""} == set(LAYERS)


def test_the_docs_list_the_layers_in_their_order() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = page.partition("| Part of `slackbot/` |")[2].partition("\n\n")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines()[2:]]

    assert re.findall(r"`(\w+)(?:/|\.py)`", " ".join(first_cells)) == list(LAYERS)


@cache
def graph_of_imports() -> dict[str, set[str]]:
    """Return what each of our modules imports of the others.

    Importing a module also runs its packages' `__init__`. These are left out, because many import their own modules.
    """
    known = modules_by_name()
    graph = {}
    for name, path in known.items():
        package = ".".join(path.relative_to(ROOT).parent.parts)
        found = imports(path.read_text(encoding="utf-8"), package=package)
        graph[name] = {module for _line, imported in found if (module := module_of(imported, known))} - {name}
    return graph


def module_of(name: str, known: Iterable[str]) -> str:
    """Return the module that has the name "incidents.models.Incident"; "" if it isn't one of the known ones."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def graph_without(circular: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    left_out = set(circular)
    return {
        name: {other for other in imported if (name, other) not in left_out}
        for name, imported in graph_of_imports().items()
    }


def cycle_in(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the modules of an import cycle, with the first one repeated at the end; [] if there is no cycle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert cycle_in(graph_without(CIRCULAR_IMPORTS)) == []


@pytest.mark.parametrize("needed", CIRCULAR_IMPORTS)
def test_every_circular_import_is_needed_and_there_are_no_more_of_them(needed: tuple[str, str]) -> None:
    assert cycle_in(graph_without(CIRCULAR_IMPORTS.keys() - {needed})), "take it out, and lower MOST_CIRCULAR_IMPORTS"
    assert len(CIRCULAR_IMPORTS) <= MOST_CIRCULAR_IMPORTS, "move what both modules need into a third one"


def test_imports_between_modules_are_found() -> None:
    graph = graph_of_imports()

    assert "slackbot.outbound.outbox" in graph["slackbot.outbound.projector"]
    assert "slackbot.models" in graph["slackbot.outbound.outbox"]
    assert "slackbot.outbound.queue" in graph["slackbot.apps"], "it is imported inside a function"
    assert cycle_in({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert cycle_in({"a": ["b", "c"], "b": ["c"]}) == []


# A tag of a template that uses another file, up to its end. The first word of it is the tag's name.
USING_TAG = re.compile(r"{%-?\s*(extends|include|load)\s+(.*?)\s*-?%}", re.DOTALL)
QUOTED = re.compile(r"""(["'])(?P<name>.+?)\1""")
TEMPLATE_SUFFIXES = (".html", ".htm", ".txt", ".xml", ".svg")
UNKNOWN = "something that only a running program knows"


@dataclass(frozen=True)
class Templates:
    """Which room has which template and which library of tags. Names that no room has are of other packages."""

    rooms: dict[str, str]
    libraries: dict[str, str]

    @classmethod
    def of(cls, root: Path) -> "Templates":
        rooms: dict[str, str] = {}
        libraries: dict[str, str] = {}
        for room in ROOMS:
            for folder in (root / room).rglob("templates"):
                found = (path for path in folder.rglob("*") if path.is_file())
                rooms |= {path.relative_to(folder).as_posix(): room for path in found}
            for path in (root / room).rglob("templatetags/*.py"):
                libraries[path.stem] = room
        return cls(rooms, libraries)

    def used_by(self, template: str) -> Iterator[tuple[int, str]]:
        """Yield line and full name ("ui.templates.ui/base.html") of what the text of a template uses."""
        for tag in USING_TAG.finditer(template):
            line = template.count("\n", 0, tag.start()) + 1
            for name in self._named(tag[1], tag[2]):
                yield line, name

    def _named(self, tag: str, rest: str) -> Iterator[str]:
        if tag == "load":
            libraries = rest.partition(" from ")[2].split() or rest.split()
            yield from (f"{self.libraries[each]}.templatetags.{each}" for each in libraries if each in self.libraries)
        elif (quoted := QUOTED.match(rest)) is None:
            yield UNKNOWN  # a variable may name the template of any room
        else:
            yield from self.place(quoted["name"])

    def place(self, name: str) -> Iterator[str]:
        if name in self.rooms:
            yield f"{self.rooms[name]}.templates.{name}"

    def used_by_module(self, source: str) -> Iterator[tuple[int, str]]:
        """Yield line and full name of each template that a module names, or uses in template source in a string."""
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(text := node.value, str):
                yield from ((node.lineno, name) for name in self.place(text))
                yield from ((node.lineno, name) for _line, name in self.used_by(text) if name != UNKNOWN)


def broken_template_rules(used: Iterator[tuple[int, str]], *, room: str) -> list[tuple[int, str]]:
    return [(line, name) for line, name in used if name == UNKNOWN or not RULES[room].allows(name)]


def template_files() -> Iterator[tuple[str, Path]]:
    """Yield each template of a room."""
    for room in RULES:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in TEMPLATE_SUFFIXES and "static" not in path.parts:
                yield room, path


def test_no_template_uses_one_of_a_room_that_its_own_must_not_import() -> None:
    templates = Templates.of(ROOT)
    broken = []
    for room, path in template_files():
        found = broken_template_rules(templates.used_by(path.read_text(encoding="utf-8")), room=room)
        broken += [f"{path.relative_to(ROOT)}:{line} uses {name}" for line, name in found]

    assert not broken, "\n" + "\n".join(broken)


def test_no_module_names_a_template_of_a_room_that_its_own_must_not_import() -> None:
    templates = Templates.of(ROOT)
    broken = []
    for room, path in modules():
        found = broken_template_rules(templates.used_by_module(path.read_text(encoding="utf-8")), room=room)
        broken += [f"{path.relative_to(ROOT)}:{line} names {name}" for line, name in found]

    assert not broken, "\n" + "\n".join(broken)


def test_templates_and_their_tags_are_found() -> None:
    templates = Templates.of(ROOT)

    assert templates.rooms["ui/operators/overview.html"] == "ui"
    assert templates.rooms["404.html"] == "ui"
    assert templates.libraries["ui"] == "ui"
    assert {room for room, _path in template_files()} >= {"ui"}
    source = (ROOT / "ui/operators/views.py").read_text(encoding="utf-8")
    assert "ui.templates.ui/operators/overview.html" in {name for _line, name in templates.used_by_module(source)}


def product_modules() -> Iterator[tuple[str, int]]:
    """Yield each module of the product, and how many lines it has."""
    for room, path in modules():
        place = path.relative_to(ROOT)
        if room not in NOT_THE_PRODUCT and not MAY_BE_LONGER & set(place.parts):
            yield place.as_posix(), len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_has_more_than_400_lines() -> None:
    too_long = {place: lines for place, lines in product_modules() if lines > MOST_LINES}

    assert not too_long, f"Split these by theme, into modules of at most {MOST_LINES} lines: {too_long}"


ASKS_AT_ONCE = {"slackbot/api/rate_limits.py", "slackbot/inbound/bolt.py", "slackbot/outbound/sender.py"}


def test_every_call_of_slack_waits_when_slack_has_asked_for_it() -> None:
    """Only a dialog, for which somebody waits, and the sender, which waits by itself, go past `rate_limits`."""
    direct = re.compile(r"\bclient\.(call|read)\b|from slackbot\.api\.client import .*\b(call|read)\b")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "slackbot").rglob("*.py")
        if path.name != "client.py" and direct.search(path.read_text())
    }

    assert found == ASKS_AT_ONCE


def test_the_client_for_other_systems_imports_nothing_else_of_ours() -> None:
    """Interfaces may import it, so whatever it imported would reach them, too."""
    of_ours = []
    for path in sorted((ROOT / HTTP.replace(".", "/")).rglob("*.py")):
        place = path.relative_to(ROOT)
        found = imports(path.read_text(encoding="utf-8"), package=".".join(place.parent.parts))
        of_ours += [(place.as_posix(), name) for _line, name in found if name.partition(".")[0] in ROOMS]

    assert of_ours, "its modules import each other, so these were not found"
    assert [(place, name) for place, name in of_ours if not is_within(name, HTTP)] == []


def test_every_exception_is_needed_and_there_are_no_more_of_them() -> None:
    built_ins = ROOT / BUILT_INS
    used = {
        (module, prefix)
        for module, prefix in EXCEPTIONS
        for _line, name in imports((built_ins / f"{module}.py").read_text(encoding="utf-8"), package="slackbot")
        if is_within(name, prefix)
    }

    assert set(EXCEPTIONS) - used == set(), "take these out, and lower MOST_EXCEPTIONS"
    assert len(EXCEPTIONS) <= MOST_EXCEPTIONS, "add what the built-in needs to slackbot.plugins instead"


def test_every_room_is_looked_at() -> None:
    assert {room for room, _path in modules()} >= ROOMS


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("jobs", "from incidents.models import Incident"),
        ("jobs", "from slackbot.inbound import inbox"),
        ("jobs", "from people.models import Person"),
        ("jobs", "from slack_sdk import WebClient"),
        ("people", "from incidents.models import Incident"),
        ("people", "from slackbot import plugins"),
        ("people", "from ui import views"),
        ("people", "from integrations import http"),
        ("people", "import celery"),
        ("incidents", "import slackbot"),
        ("incidents", "import slackbot.plugins as p"),
        ("incidents", "from slackbot import plugins"),
        ("incidents", "from ui.views import page"),
        ("incidents", "import slack_sdk"),
        ("incidents", "from celery import shared_task"),
        ("incidents", "import requests"),
        ("incidents", "from response import settings"),
        ("incidents", "def late():\n    import slackbot"),
        ("incidents", "if True:\n    from slackbot import outbox"),
        ("incidents", "try:\n    import slackbot\nexcept ImportError:\n    slackbot = None"),
        ("incidents", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from slackbot.models import InboxRow"),
        ("incidents", "import importlib\nimportlib.import_module('slackbot.outbound.outbox')"),
        ("incidents", "from importlib import import_module\nimport_module('slackbot.outbound.outbox')"),
        ("incidents", "__import__('slackbot')"),
        ("incidents", "from django.utils.module_loading import import_string\nimport_string('ui.views.page')"),
        ("incidents", "from ...slackbot import outbox"),
        ("incidents", "from integrations import http"),
        ("integrations", "from slackbot import plugins"),
        ("integrations", "import ui"),
        ("integrations", "from slack_sdk import WebClient"),
        ("slackbot", "from ui import views"),
        ("slackbot", "import integrations"),
        ("slackbot", "from integrations import webhooks"),
        ("slackbot", "from integrations.http_server import serve"),
        ("slackbot", "from response.settings import DEBUG"),
        ("slackbot", "import sandbox"),
        ("slackbot", "from tests.stories import world"),
        ("ui", "import slackbot"),
        ("ui", "from slack_sdk import WebClient"),
        ("ui", "from integrations.webhooks import models"),
        ("ui", "from sandbox import world"),
        ("response", "from incidents import models"),
        ("response", "import ui.urls"),
        ("response", "from importlib import import_module\nimport_module('slackbot.tasks')"),
        ("sandbox", "from incidents.models import Incident"),
        ("sandbox", "import django"),
        ("examples", "from slackbot import registry"),
        ("examples", "from slackbot.models import InboxRow"),
        ("examples", "import slackbot"),
        ("examples", "from incidents.news import told"),
        ("examples", "from ui import views"),
        ("examples", "from integrations import http"),
        ("examples", "from people import apps"),
        (BUILT_INS, "from slackbot.outbound import outbox"),
        (BUILT_INS, "from slackbot.kit.registry import registry"),
        (BUILT_INS, "from slackbot.models import CommsChannel"),
        (BUILT_INS, "from slackbot.rendering.render import slack_time"),
        (BUILT_INS, "from incidents.traces import Traces"),
    ],
)
def test_a_forbidden_import_is_found(room: str, source: str) -> None:
    assert broken_rules(source, room=room, package=f"{room}.services")


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("people", "from django.db import models\nfrom people import errors"),
        ("incidents", "from people.errors import Refusal"),
        ("integrations", "from people.errors import Refusal"),
        ("slackbot", "from people.errors import Refusal"),
        ("ui", "from people.errors import Refusal"),
        ("examples", "from people.errors import NotFound"),
        ("incidents", "import datetime\nfrom django.db import models\nfrom incidents import errors"),
        ("incidents", "from . import errors\nfrom ..models import Incident"),
        ("incidents", "SLACK = 'slackbot.outbound.outbox'"),
        (
            "jobs",
            "from celery import shared_task\nfrom redis import Redis\nfrom jobs import kinds",
        ),
        ("incidents", "from jobs.models import Job"),
        ("slackbot", "from jobs import wakeup"),
        ("slackbot", "from incidents import services\nfrom slack_sdk import WebClient\nimport celery"),
        ("integrations", "from incidents import queries\nfrom integrations import http\nimport urllib3"),
        ("slackbot", "from integrations import http\nfrom integrations.http import call"),
        ("ui", "from incidents.queries import visible_incidents\nimport nh3"),
        ("ui", "from integrations import http"),
        ("response", "from django.urls import include\ninclude('slackbot.inbound.urls')"),
        ("sandbox", "import aiohttp\nfrom sandbox import clock"),
        ("examples", "from slackbot.plugins import incident_command\nfrom slackbot import plugins"),
        ("examples", "from incidents import models, services\nfrom incidents.errors import IncidentError"),
        ("examples", "from slackbot.testing import workspace\nimport httpx"),
        (BUILT_INS, "from slackbot.plugins import display\nfrom slackbot.slack_handlers import change"),
        (BUILT_INS, "from incidents import access, services\nfrom slack_sdk.models.blocks import Block"),
        (BUILT_INS, "from people.access import USE\nfrom people.models import Person"),
        ("examples", "from slackbot.monzo.slack.decorators import incident_command"),
    ],
)
def test_a_proper_import_is_left_alone(room: str, source: str) -> None:
    assert broken_rules(source, room=room, package=f"{room}.services") == []


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("api", "from slackbot.directory import people"),
        ("directory", "from slackbot import outbound"),
        ("directory", "from ..outbound import outbox"),
        ("kit", "import slackbot.rendering.render"),
        ("outbound", "def late():\n    from slackbot.inbound import inbox"),
        ("outbound", "from importlib import import_module\nimport_module('slackbot.operators.auditor')"),
        ("inbound", "from slackbot.plugins import slack_event"),
        ("models", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from slackbot.api import client"),
    ],
)
def test_an_import_of_a_higher_layer_is_found(layer: str, source: str) -> None:
    assert upward_imports(source, layer=layer, package=f"slackbot.{layer}")


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("outbound", "from slackbot.outbound import outbox\nfrom . import sender\nfrom slackbot.kit import words"),
        ("outbound", "from incidents import services\nimport slack_sdk\nimport slackbot"),
        ("slack_handlers", "from slackbot.plugins import slack_event"),
    ],
)
def test_an_import_of_the_same_or_a_lower_layer_is_left_alone(layer: str, source: str) -> None:
    assert upward_imports(source, layer=layer, package=f"slackbot.{layer}") == []


@pytest.mark.parametrize(
    ("name", "package", "expected"),
    [
        ("django.db", "incidents", "django.db"),
        (".errors", "incidents", "incidents.errors"),
        ("..models", "slackbot.outbound", "slackbot.models"),
        (".", "slackbot.outbound", "slackbot.outbound"),
    ],
)
def test_relative_names_are_resolved(name: str, package: str, expected: str) -> None:
    assert absolute(name, package=package) == expected


MADE_UP = Templates(
    rooms={"ui/base.html": "ui", "ui/line.html": "ui", "404.html": "ui", "slackbot/banner.html": "slackbot"},
    libraries={"ui": "ui", "mrkdwn": "slackbot"},
)


@pytest.mark.parametrize(
    ("room", "template"),
    [
        ("slackbot", '{% extends "ui/base.html" %}'),
        ("slackbot", "{% extends 'ui/base.html' %}"),
        ("slackbot", '{% extends "404.html" %}'),
        ("slackbot", "{% load ui %}"),
        ("slackbot", "{% load static ui %}"),
        ("slackbot", "{% load clock from ui %}"),
        ("ui", '{% include "slackbot/banner.html" %}'),
        ("ui", '{%include "slackbot/banner.html" with rows=rows only%}'),
        ("ui", '<p>\n{% if user %}{% include\n "slackbot/banner.html" %}{% endif %}'),
        ("ui", "{% load mrkdwn %}"),
        ("ui", "{% include which %}"),
        ("ui", "{% extends parent|default:'ui/base.html' %}"),
        ("incidents", '{% include "ui/line.html" %}'),
        ("response", '{% include "ui/line.html" %}'),
    ],
)
def test_a_forbidden_use_in_a_template_is_found(room: str, template: str) -> None:
    assert broken_template_rules(MADE_UP.used_by(template), room=room)


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("slackbot", 'render(request, "ui/base.html")'),
        ("slackbot", "class Page(View):\n    template_name = 'ui/base.html'"),
        ("slackbot", "render_to_string('404.html', {})"),
        ("slackbot", "select_template(['acme.html', 'ui/line.html'])"),
        ("slackbot", "Template('{% load ui %}{% clock at %}')"),
        ("ui", "PARTS = {'banner': 'slackbot/banner.html'}"),
        ("ui", "@register.inclusion_tag('slackbot/banner.html')\ndef banner(): ..."),
        ("ui", """Template('{% include "slackbot/banner.html" %}')"""),
        ("examples", "render(request, 'ui/base.html')"),
        (BUILT_INS, "render(request, 'ui/base.html')"),
    ],
)
def test_a_forbidden_name_of_a_template_is_found(room: str, source: str) -> None:
    assert broken_template_rules(MADE_UP.used_by_module(source), room=room)


@pytest.mark.parametrize(
    ("room", "template"),
    [
        (
            "ui",
            '{% extends "ui/base.html" %}{% load static ui %}{% include "ui/line.html" with a="slackbot/banner" %}',
        ),
        ("slackbot", '{% include "slackbot/banner.html" %}{% load mrkdwn static %}'),
        ("slackbot", '{% extends "admin/base.html" %}'),
        ("slackbot", "{% includes_nothing %}<p>include ui/base.html</p>"),
    ],
)
def test_a_proper_use_in_a_template_is_left_alone(room: str, template: str) -> None:
    assert broken_template_rules(MADE_UP.used_by(template), room=room) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("ui", "render(request, 'ui/base.html')\nrender(request, '404.html')"),
        ("slackbot", "render(request, 'slackbot/banner.html')\nrender(request, 'admin/base.html')"),
        ("slackbot", '"""The page ui/base.html is not ours."""'),
    ],
)
def test_a_proper_name_of_a_template_is_left_alone(room: str, source: str) -> None:
    assert broken_template_rules(MADE_UP.used_by_module(source), room=room) == []
