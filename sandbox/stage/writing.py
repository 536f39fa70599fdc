"""Write a recording down as a script."""

import textwrap

import yaml

from sandbox.workspace import Json


class _Dumper(yaml.SafeDumper):
    """Writes several lines as several lines."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text.strip() else None)


_Dumper.add_representer(str, _text)


def write_script(about: str, steps: list[Json], lost: list[str]) -> str:
    """Return the file, with a blank line before each step, and remarks about what could not be written down."""
    remarks = "".join(f"# Not written down: {' '.join(one.split())}\n" for one in lost)
    written = [textwrap.indent(_yaml([step]), "  ") for step in steps]
    return f"{_yaml({'about': about})}{remarks}\nsteps:\n" + "\n".join(written)


def _yaml(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text
