"""`manage.py startplugin acme`: a plugin that works, with a test that passes."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template import Context, Engine

from slackbot.kit.registry import registry

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "plugin_template"
SUFFIX: Final = "-tpl"
LONGEST: Final = 25
NAME: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}")


class Command(BaseCommand):
    help = "Create a plugin in a new folder: handlers, tests and packaging files."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the plugin's name in lower case, which is also the name of its command")
        parser.add_argument("--in", dest="parent", default=".", help="the parent folder (default: the current folder)")

    def handle(self, *_args: Any, name: str, parent: str, **_options: Any) -> None:
        check_word(name)
        folder = Path(parent).resolve() / name
        if folder.exists():
            raise CommandError(f"{folder} already exists. Choose another name, or remove it.")
        if not folder.parent.is_dir():
            raise CommandError(f"There is no folder {folder.parent}.")
        check_free(name)
        values = _values(name, folder)
        folder.mkdir()
        for path in sorted(TEMPLATE.iterdir()):
            file = folder / path.name.removesuffix(SUFFIX).replace("plugin_name", name)
            file.write_text(rendered(path, values), encoding="utf-8")
        self.stdout.write(f"Created {folder}. To test it, and to run it:\n\n  {values['test']}\n  {values['run']}")


def check_word(name: str) -> None:
    """Refuse a name that could be neither a package nor a command."""
    if not NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} isn't a valid name. Use at most {LONGEST} lower-case letters, digits and underscores, beginning "
            "with a letter, like acme."
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise CommandError(f"{name} is a Python keyword. Choose another name.")


def check_free(name: str) -> None:
    """Refuse a name that something else has."""
    if name in registry.commands:
        raise CommandError(f"The command `@incident {name}` already exists. Choose another name.")
    if find_spec(name) is not None:
        raise CommandError(f"The Python module {name} already exists. Choose another name.")


def rendered(path: Path, values: dict[str, str]) -> str:
    template = Engine().from_string(path.read_text(encoding="utf-8"))
    return template.render(Context(values, autoescape=False))


def _values(name: str, folder: Path) -> dict[str, str]:
    words = name.replace("_", " ").strip()
    python = Path(sys.executable)
    here = folder.parent == settings.BASE_DIR
    path = "" if here else f"PYTHONPATH={folder.parent} "
    if python.is_relative_to(settings.BASE_DIR):
        python = python.relative_to(settings.BASE_DIR)
    plugin = f"{path}RESPONSE_PLUGINS={name}"
    return {
        "name": name,
        "words": words,
        "title": words.capitalize(),
        "dashed": "-".join(words.split()),
        "test": f"{plugin} {python} -m pytest {name if here else folder}",
        "run": f"{plugin} {'response up' if settings.INSTALLED else 'make run'}",
    }
