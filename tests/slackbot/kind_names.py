"""Find kinds of rows that the source names by a string, where it should ask the class that is the kind."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[2] / "slackbot"
# What these are called with, or what is looked up in them, is a kind. Other functions take one as `kind`.
TAKE_KINDS: Final = ("KINDS", "draw", "entry", "entry_for", "hand_over", "answer_once", "kind_of", "order", "say")


def written_outside(modules: Mapping[str, str]) -> list[str]:
    """Return the places in the source that name a kind by a string, apart from its own module.

    `modules` has each kind's name with the name of the module that has its class.
    """
    return [
        f"{path.relative_to(PACKAGE.parent)}:{line} names the kind {name!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "migrations" not in path.parts
        for line, name in named_in(path.read_text("utf-8"), modules)
        if modules[name] != ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    ]


def named_in(source: str, names: Collection[str]) -> list[tuple[int, str]]:
    """Return the lines of a module on which a string is used as a kind, and the strings."""
    return [
        (constant.lineno, str(constant.value))
        for used in _used_as_kinds(ast.parse(source))
        for constant in _strings(used)
        if constant.value in names
    ]


def _used_as_kinds(module: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(module):
        match node:
            case ast.keyword(arg=str() as name, value=value) if _is_kind(name):
                yield value
            case ast.Compare(left=left, comparators=others) if any(_is_kind(_name(each)) for each in (left, *others)):
                yield from (left, *others)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_kind(name):
                yield value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_kind(name):
                yield value
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                yield from (value for target, value in zip(targets, values, strict=False) if _is_kind(_name(target)))
            case ast.Dict(keys=keys, values=values):
                yield from (value for key, value in zip(keys, values, strict=True) if _is_kind(_text(key)))
            case ast.Match(subject=subject, cases=cases) if _is_kind(_name(subject)):
                patterns = (each for case in cases for each in ast.walk(case.pattern))
                yield from (each.value for each in patterns if isinstance(each, ast.MatchValue))
            case ast.Subscript(value=taker, slice=looked_up) if _name(taker) in TAKE_KINDS:
                yield looked_up
            case ast.Call(func=ast.Attribute(value=taker), args=args) if _name(taker) in TAKE_KINDS:
                yield from args
            case ast.Call(func=function, args=args) if _name(function) in TAKE_KINDS:
                yield from args


def _is_kind(name: str) -> bool:
    return name == "kind" or name.startswith("kind__")


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _strings(node: ast.expr) -> Iterator[ast.Constant]:
    """Return a string, or those of a tuple, list or set, or on the two sides of a condition."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _strings(part)
        case ast.IfExp(body=one, orelse=other):
            yield from _strings(one)
            yield from _strings(other)
