"""Read a script: YAML in, steps and rules out, or a sentence that says what is wrong on which line.

    about: one line for lists
    next:  what people can do when it is over
    instead of: scripts that end when this one begins, as it has what they did
    steps: what happens, in order
    when:  what people answer to, each with steps of its own

Plain words are read more plainly than YAML reads them: all but true, false, null and numbers is text, so `on` and
`14:05` are text.
"""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from sandbox.stage.actions import ACTIONS, RULE_BOUNDS, RULES, TIMES, Kind

MOST_BYTES = 512 * 1024
MOST_STEPS = 2000
DEEPEST = 20
LONGEST_WAIT = 24 * 3600
MOST_TIMES = 100

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# A remark has a blank after its sign; without one it was meant as a channel.
_CUT_OFF = re.compile(r"\s+#[\w*]")
_OPENING = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_HINTS = {
    "text": "some text",
    "texts": "some text, or a list of texts",
    "number": "a number",
    "flag": "true or false",
    "place": 'a place in quotes, like "#incidents", "#inc-*", "@grace", form or home',
    "person": "somebody's handle, like ada",
    "people": "a handle like ada, or a list of them",
    "message": "words that the message contains",
    "fields": "a field and its value on each line",
}


class ScriptError(ValueError):
    """The file cannot be played; the sentence says why, and where."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. `name` says which one it is, for people."""

    name: str
    line: int
    action: str
    who: str
    what: Any
    more: dict[str, Any]
    after: float = 0.0
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What people answer to, and how: at most `times` in all, and `each` in one channel (for one person with forms)."""

    line: int
    kind: str
    like: tuple[str, ...]
    more: dict[str, Any]
    steps: tuple[Step, ...]
    times: int
    each: int


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    about: str
    next: str
    instead_of: tuple[str, ...]
    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]
    text: str = field(repr=False, default="")

    @property
    def title(self) -> str:
        """The name without its ending."""
        return self.name.removesuffix(".yaml")

    def everything(self) -> Iterator[Step]:
        yield from self.steps
        for rule in self.rules:
            yield from rule.steps


@dataclass(frozen=True, slots=True)
class _Value:
    """A value with the line it stands in. Mappings hold `_Value`s by key, lists hold `_Value`s."""

    value: Any
    line: int
    lines: dict[str, int] = field(default_factory=dict)


def read_script(text: str, *, name: str) -> Script:
    """Return what the file says. Raises `ScriptError`."""
    return _Reader(name).read(text)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._source: list[str] = []

    def _wrong(self, line: int, sentence: str) -> ScriptError:
        return ScriptError(f"{self._name}, line {line}: {sentence}")

    def read(self, text: str) -> Script:
        if len(text.encode()) > MOST_BYTES:
            raise ScriptError(f"{self._name} is longer than {MOST_BYTES // 1024} kB.")
        whole = self._parse(text)
        if not isinstance(whole.value, dict):
            raise self._wrong(whole.line, "A script begins with about:, steps: or when:.")
        self._check_names(whole, ("about", "next", "instead of", "steps", "when"), "a script")
        about = self._read(whole, "about", "text", "") or ""
        steps = self._steps(whole.value.get("steps"), "step")
        rules = tuple(self._rule(one, place) for place, one in enumerate(self._list(whole.value.get("when")), 1))
        if not steps and not rules:
            raise self._wrong(whole.line, "Nothing happens in it: write steps: or when:.")
        afterwards = self._read(whole, "next", "text", "") or ""
        instead_of = tuple(self._read(whole, "instead of", "texts", ()))
        script = Script(self._name, about, afterwards, instead_of, steps, rules, text)
        if sum(1 for _ in script.everything()) > MOST_STEPS:
            raise ScriptError(f"{self._name} has more than {MOST_STEPS} steps.")
        return script

    # YAML

    def _parse(self, text: str) -> _Value:
        self._source = text.splitlines()
        try:
            self._check_tokens(text)
            node = yaml.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as wrong:
            mark = wrong.problem_mark or wrong.context_mark
            hint = " A text that begins with @, # or * belongs into quotes." if "cannot start" in str(wrong) else ""
            raise self._wrong(mark.line + 1 if mark else 1, f"This is not YAML: {wrong.problem}.{hint}") from wrong
        except (yaml.YAMLError, RecursionError) as wrong:
            raise ScriptError(f"{self._name} is not YAML: {wrong}") from wrong
        if node is None:
            raise ScriptError(f"{self._name} is empty.")
        return self._value(node)

    def _check_tokens(self, text: str) -> None:
        """Refuse what would cost more to read than any script is worth."""
        depth = 0
        for token in yaml.scan(text, yaml.SafeLoader):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if isinstance(token, yaml.AliasToken):
                line = token.start_mark.line + 1
                raise self._wrong(line, "Aliases (*name) are not read here. Put a text with * into quotes.")
            if depth > DEEPEST:
                raise self._wrong(token.start_mark.line + 1, "No script is as deep as this one.")

    def _value(self, node: yaml.Node) -> _Value:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, line)
        if isinstance(node, yaml.SequenceNode):
            return _Value([self._value(one) for one in node.value], line)
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101
        end = node.end_mark
        rest = self._source[end.line][end.column :] if end.line < len(self._source) else ""
        if node.style is None and node.value and _CUT_OFF.match(rest):
            raise self._wrong(end.line + 1, "Put this text into quotes: without them its # begins a remark.")
        return _Value(_scalar(node), line)

    def _mapping(self, node: yaml.MappingNode, line: int) -> _Value:
        values: dict[str, _Value] = {}
        lines: dict[str, int] = {}
        for key, one in node.value:
            name, at = str(key.value), key.start_mark.line + 1
            if name in values:
                raise self._wrong(at, f'"{name}" is said twice.')
            values[name], lines[name] = self._value(one), at
        return _Value(values, line, lines)

    # Parts

    def _list(self, given: _Value | None) -> list[_Value]:
        if given is None or given.value is None:
            return []
        if not isinstance(given.value, list):
            raise self._wrong(given.line, "This is a list: begin each entry with a dash (-).")
        return given.value

    def _steps(self, given: _Value | None, called: str) -> tuple[Step, ...]:
        return tuple(self._step(one, f"{called} {number}") for number, one in enumerate(self._list(given), 1))

    def _step(self, given: _Value, name: str) -> Step:
        if not isinstance(given.value, dict):
            raise self._wrong(given.line, f"{name} says nothing that can be done. Write who: and says:, for example.")
        said = [word for word in given.value if word in ACTIONS]
        # `expect` has a `topic`, uploads may `says`: the first of them is what is done.
        word = next((one for one in said if all(other in _words(one) for other in said)), "")
        if not word:
            self._check_names(given, (*ACTIONS, *_other_words()), "a step")
            if said:
                raise self._wrong(given.line, f"{name} does two things ({' and '.join(said)}). Make two steps of it.")
            raise self._wrong(given.line, f"{name} does nothing. A step does one of {', '.join(ACTIONS)}.")
        action = ACTIONS[word]
        self._check_names(given, _words(word), f'a step with "{word}"')
        for needed in (*(("who",) if action.by_somebody else ()), *action.needs):
            if needed not in given.value:
                hint = _HINTS["person" if needed == "who" else action.needs[needed]]
                raise self._wrong(given.line, f'{name} needs "{needed}": {hint}.')
        more = {one: self._read(given, one, kind) for one, kind in _more(word).items() if one in given.value}
        self._check_step(given, name, word, more)
        return Step(
            name=name,
            line=given.line,
            action=word,
            who=self._read(given, "who", "person", ""),
            what=self._read(given, word, action.takes),
            more=more,
            after=self._seconds(given, "after") or 0.0,
            at=self._seconds(given, "at"),
        )

    def _check_step(self, given: _Value, name: str, word: str, more: dict[str, Any]) -> None:
        if "after" in given.value and "at" in given.value:
            raise self._wrong(given.line, f'{name} has both "after" and "at". One of them is enough.')
        if word == "expect" and not set(more) - {"who", "on", "which", "within"} and "on" not in more:
            raise self._wrong(given.line, f"{name} expects nothing. Say what: shows, topic, members, reaction …")
        if word == "expect" and "reaction" in more and "on" not in more:
            raise self._wrong(given.line, f'{name} needs "on": words of the message that has the reaction.')
        if word == "opens" and self._read(given, "opens", "text") != "home":
            raise self._wrong(given.line, f"{name} can open only: home.")

    def _rule(self, given: _Value, number: int) -> Rule:
        name = f"rule {number}"
        if not isinstance(given.value, dict):
            raise self._wrong(given.line, f'{name} needs one of {", ".join(RULES)}, and "do".')
        kinds = [kind for kind in RULES if kind in given.value]
        if len(kinds) != 1:
            self._check_names(given, (*RULES, *RULE_BOUNDS, "do", *_words_of_rules()), "a rule")
            raise self._wrong(given.line, f"{name} waits for one of these: {', '.join(RULES)}.")
        (kind,) = kinds
        self._check_names(given, (kind, "do", *RULES[kind], *RULE_BOUNDS), f'a rule with "{kind}"')
        steps = self._steps(given.value.get("do"), f"{name}, step")
        if not steps:
            raise self._wrong(given.line, f'{name} does nothing. List its steps under "do".')
        return Rule(
            line=given.line,
            kind=kind,
            like=tuple(self._read(given, kind, "texts")),
            more={one: self._read(given, one, its) for one, its in RULES[kind].items() if one in given.value},
            steps=steps,
            times=self._times(given, "times", 20),
            each=self._times(given, "each", 1),
        )

    def _times(self, given: _Value, name: str, default: int) -> int:
        times = self._read(given, name, "number", default)
        if not 1 <= times <= MOST_TIMES or times != int(times):
            raise self._wrong(given.lines[name], f'"{name}" is a whole number from 1 to {MOST_TIMES}.')
        return int(times)

    def _seconds(self, given: _Value, name: str) -> float | None:
        seconds: float | None = self._read(given, name, "number", None)
        if seconds is not None and not 0 <= seconds <= LONGEST_WAIT:
            raise self._wrong(given.lines[name], f'"{name}" is a number of seconds from 0 to {LONGEST_WAIT}.')
        return seconds

    def _check_names(self, given: _Value, known: Iterable[str], of: str) -> None:
        for name in given.value:
            if name not in known:
                near = difflib.get_close_matches(name, list(known), n=1)
                hint = f'Did you mean "{near[0]}"?' if near else f"It can have {', '.join(known)}."
                raise self._wrong(given.lines[name], f'"{name}" is not a word of {of}. {hint}')

    def _read(self, given: _Value, name: str, kind: Kind, *default: Any) -> Any:
        found: _Value | None = given.value.get(name)
        if found is None:
            return default[0]
        if found.value is None:
            raise self._wrong(
                found.line, f'"{name}" is empty. It is {_HINTS[kind]}. Without quotes a # begins a remark.'
            )
        try:
            return _READ[kind](found)
        except ValueError:
            raise self._wrong(found.line, f'"{name}" is {_HINTS[kind]}.') from None


def _scalar(node: yaml.ScalarNode) -> Any:
    value = str(node.value)
    if node.style is not None:
        return value
    if value in _WORDS:
        return _WORDS[value]
    return float(value) if _NUMBER.fullmatch(value) and len(value) < 16 else value


def _more(word: str) -> dict[str, Kind]:
    return {**ACTIONS[word].needs, **ACTIONS[word].may}


def _words(word: str) -> tuple[str, ...]:
    who = ("who",) if ACTIONS[word].by_somebody else ()
    return (*who, word, *_more(word), *TIMES)


def _words_of_rules() -> list[str]:
    return list(dict.fromkeys(name for more in RULES.values() for name in more))


def _other_words() -> list[str]:
    return ["who", *TIMES, *dict.fromkeys(name for word in ACTIONS for name in _more(word))]


# Values


def _text(found: _Value) -> str:
    if isinstance(found.value, bool) or found.value is None or isinstance(found.value, dict | list):
        raise ValueError(found)
    if isinstance(found.value, float):
        return f"{found.value:g}" if not math.isclose(found.value, int(found.value)) else str(int(found.value))
    return str(found.value)


def _texts(found: _Value) -> list[str]:
    return [_text(one) for one in found.value] if isinstance(found.value, list) else [_text(found)]


def _number(found: _Value) -> float:
    if not isinstance(found.value, float):
        raise ValueError(found)
    return found.value


def _flag(found: _Value) -> bool:
    if not isinstance(found.value, bool):
        raise ValueError(found)
    return found.value


def _fields(found: _Value) -> dict[str, Any]:
    if not isinstance(found.value, dict):
        raise ValueError(found)
    return {name: _field(one) for name, one in found.value.items()}


def _field(found: _Value) -> Any:
    """Return what goes into a field of a form: a text, a list of texts, or None to empty it."""
    if found.value is None:
        return None
    if isinstance(found.value, bool):
        return "true" if found.value else "false"
    return _texts(found) if isinstance(found.value, list) else _text(found)


_READ: dict[Kind, Callable[[_Value], Any]] = {
    "text": _text,
    "texts": _texts,
    "number": _number,
    "flag": _flag,
    "place": _text,
    "person": _text,
    "people": _texts,
    "message": _text,
    "fields": _fields,
}
