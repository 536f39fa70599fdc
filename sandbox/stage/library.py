"""The scripts there are: those that come with a program, and those that people made or uploaded."""

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.stage.reading import MOST_BYTES, Script, ScriptError, read_script
from sandbox.workspace import Json

SHIPPED = Path(__file__).parent.parent / "scripts"
MOST_KEPT = 200
_GOOD_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    text: str
    shipped: bool

    def script(self) -> Script:
        return read_script(self.text, name=f"{self.name}.yaml")

    def shape(self) -> Json:
        shape: Json = {"name": self.name, "shipped": self.shipped, "about": "", "steps": 0, "rules": 0, "problem": None}
        try:
            script = self.script()
        except ScriptError as wrong:
            return shape | {"problem": str(wrong)}
        return shape | {"about": script.about, "steps": len(script.steps), "rules": len(script.rules)}


class Library:
    """Shipped folders are read anew each time; what is kept goes into `folder`, or into memory without one."""

    def __init__(self, shipped: tuple[Path, ...], folder: Path | None) -> None:
        self._shipped, self._folder = shipped, folder
        self._memory: dict[str, str] = {}

    def entries(self) -> list[Entry]:
        entries = {name: Entry(name, text, shipped=False) for name, text in self._kept().items()}
        for folder in self._shipped:
            entries |= {name: Entry(name, text, shipped=True) for name, text in _read_folder(folder).items()}
        return sorted(entries.values(), key=lambda one: (not one.shipped, one.name))

    def find(self, name: str) -> Entry:
        """Return the script of this name. Raises `ScriptError`."""
        entries = self.entries()
        for entry in entries:
            if entry.name == name.removesuffix(".yaml"):
                return entry
        raise ScriptError(f"There is no script {name}. There are {', '.join(one.name for one in entries)}.")

    def keep(self, name: str, text: str) -> Entry:
        """Keep a script under this name, instead of one that was kept under it before. Raises `ScriptError`."""
        name = name.strip().removesuffix(".yaml").removesuffix(".yml").lower().replace(" ", "-")
        if not _GOOD_NAME.fullmatch(name):
            raise ScriptError(
                "A script's name has letters, digits, dots and dashes, at most 60: monday-drill, for example."
            )
        if any(one.shipped and one.name == name for one in self.entries()):
            raise ScriptError(f"A script called {name} is shipped already. Choose another name.")
        entry = Entry(name, text, shipped=False)
        entry.script()
        kept = self._kept()
        if name not in kept and len(kept) >= MOST_KEPT:
            raise ScriptError(f"There are {MOST_KEPT} scripts already. Delete some first.")
        if self._folder is None:
            self._memory[name] = text
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = self._folder / f".{name}.new"
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._folder / f"{name}.yaml")
        return entry

    def delete(self, name: str) -> None:
        entry = self.find(name)
        if entry.shipped:
            raise ScriptError(f"{entry.name} is shipped with the program, so it stays.")
        self._memory.pop(entry.name, None)
        if self._folder is not None:
            (self._folder / f"{entry.name}.yaml").unlink(missing_ok=True)

    def _kept(self) -> dict[str, str]:
        return dict(self._memory) if self._folder is None else _read_folder(self._folder)


def _read_folder(folder: Path) -> dict[str, str]:
    """Return what stands in the folder's scripts; one that cannot be read says so when it is played."""
    found = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    return {path.stem: path.read_text("utf-8", errors="replace") for path in found if path.stat().st_size <= MOST_BYTES}
