"""Find the edits that plugins for monzo/response still need, before any of them is loaded.

Their imports, migrations and admin classes would stop the start with errors that don't say what to write instead.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from django.conf import global_settings

from response.environment import WrongSettingError

# The modules of monzo/response's package, which has the same name as ours; none of our modules has such a name.
MODULES: Final = frozenset(
    ["admin", "core", "decorators", "errors", "grafana", "migrations", "models", "pagerduty", "serializers"]
).union(["slack", "statuspage", "templatetags", "ui", "zoom"])
MARKS: Final = (b"response", b"admin", b"slackbot.monzo")
ADMIN: Final = "Response has no Django admin. Remove the registration; edit rows in a command or in `manage.py shell`."
GUIDE: Final = "See docs/from-monzo-response.md."


def check(plugins: Sequence[str], *, known: Collection[str]) -> None:
    """Refuse plugins that need edits, and list all of them. `known` are the names of our settings."""
    has_admin = any(each.startswith("django.contrib.admin") for each in plugins)
    found = [edit for plugin in plugins for edit in _edits(plugin, known=known, has_admin=has_admin)]
    if found:
        raise WrongSettingError("\n  ".join([f"RESPONSE_PLUGINS contains plugins that need edits. {GUIDE}", *found]))


def _edits(plugin: str, *, known: Collection[str], has_admin: bool) -> Iterator[str]:
    top, *rest = plugin.split(".")
    spec = find_spec(top)
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place)
        for part in rest:
            folder = folder / part if (folder / part).is_dir() else folder
        for path in sorted(folder.rglob("*.py")):
            source = path.read_bytes()
            if any(mark in source for mark in MARKS):
                for line, edit in sorted(_edits_of(path, source, known=known, has_admin=has_admin)):
                    yield f"{path}:{line}: {edit}"


def _edits_of(path: Path, source: bytes, *, known: Collection[str], has_admin: bool) -> set[tuple[int, str]]:
    """Return lines and edits. For a file that isn't valid Python, leave the error to Python."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return set()
    found = {each for node in nodes for each in _imports(node)}
    is_old = bool(found) or b"slackbot.monzo" in source
    if path.parent.name == "migrations":
        found |= {each for node in nodes for each in _migrations(node)}
    if not has_admin and path.name != "admin.py" and _imports_from(nodes, "django.contrib", "admin"):
        found |= {(node.lineno, ADMIN) for node in nodes if isinstance(node, ast.Attribute) and _registers(node)}
    if is_old and _imports_from(nodes, "django.conf", "settings"):
        found |= {each for node in nodes for each in _settings(node, known=known)}
    return found


def _imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.ImportFrom(module="response", level=0, names=names):
            modules = [f"response.{each.name}" for each in names]
        case ast.ImportFrom(module=str(module), level=0):
            modules = [module]
        case ast.Import(names=names):
            modules = [each.name for each in names]
        case _:
            return
    for module in modules:
        top, _, rest = module.partition(".")
        if top == "response" and rest.partition(".")[0] in MODULES:
            yield node.lineno, f"import slackbot.monzo.{rest} instead of {module}."


def _migrations(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Tuple(elts=[ast.Constant(value="response"), ast.Constant(value=str())]):
            yield node.lineno, 'depend on ("incidents", "0001_initial") instead of a migration of "response".'
        case ast.Constant(value=str(value)) if value.lower() == "response.incident":
            yield node.lineno, f'refer to "incidents.Incident" instead of "{value}".'
        case ast.Constant(value=str(value)) if value.lower().startswith("response.") and value.isascii():
            yield node.lineno, f'refer to a model of your own, or to "incidents.Incident", instead of "{value}".'


def _registers(node: ast.Attribute) -> bool:
    match node:
        case ast.Attribute(attr="register", value=ast.Name(id="admin")):
            return True
        case ast.Attribute(attr="register", value=ast.Attribute(attr="site", value=ast.Name(id="admin"))):
            return True
    return False


def _imports_from(nodes: Sequence[ast.AST], module: str, name: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == module
        and any(each.name == name and each.asname is None for each in node.names)
        for node in nodes
    )


def _settings(node: ast.AST, *, known: Collection[str]) -> Iterator[tuple[int, str]]:
    match node:
        case (
            ast.Attribute(value=ast.Name(id="settings"), attr=name)
            | ast.Call(
                func=ast.Name(id="getattr" | "hasattr"),
                args=[ast.Name(id="settings"), ast.Constant(value=str(name)), *_],
            )
        ) if name.isupper() and name not in known and not hasattr(global_settings, name):
            yield node.lineno, f"import settings from slackbot.monzo, not from django.conf: it has {name}."
