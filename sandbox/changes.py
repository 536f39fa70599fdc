"""What must be written to disk: the names of the objects that changed since the last time."""


class Changes:
    def __init__(self) -> None:
        self._names: dict[tuple[str, str], None] = {}
        self._everything = False

    def note(self, kind: str, name: str) -> None:
        self._names[(kind, name)] = None

    def everything(self) -> None:
        """Note that all was replaced."""
        self._everything = True
        self._names.clear()

    def take(self) -> tuple[bool, list[tuple[str, str]]]:
        """Return (whether all was replaced, the names), and forget them."""
        taken = (self._everything, list(self._names))
        self._everything = False
        self._names = {}
        return taken
