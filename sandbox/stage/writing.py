"""Write a recording down as a script."""

import re
import textwrap
from collections.abc import Iterable

import yaml

from sandbox.workspace import Json

# What YAML takes for line breaks, or for the mark of an encoding: only escapes keep them.
_ODD_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")
_BOOL = "tag:yaml.org,2002:bool"


class _Dumper(yaml.SafeDumper):
    """Writes several lines as several lines, and `on` without quotes: scripts are read more plainly than YAML."""

    yaml_implicit_resolvers = {
        first: [(tag, like) for tag, like in known if tag != _BOOL]
        for first, known in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }


_Dumper.add_implicit_resolver(_BOOL, re.compile("true|false"), ["t", "f"])


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if _ODD_BREAKS.search(text) else "|" if "\n" in text.strip() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_script(about: str, steps: list[Json], lost: list[str], *, instead_of: Iterable[str] = ()) -> str:
    """Return the file, with a blank line before each step, and remarks about what could not be written down."""
    remarks = "".join(f"# Not written down: {' '.join(one.split())}\n" for one in lost)
    written = [textwrap.indent(_yaml([step]), "  ") for step in steps]
    head = {"about": about} | ({"instead of": sorted(instead_of)} if instead_of else {})
    return f"{_yaml(head)}{remarks}\nsteps:\n" + "\n".join(written)


def _yaml(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text
