"""Text that every database takes, and that is safe to show."""

from __future__ import annotations

import re
from typing import Final

_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# PostgreSQL refuses NUL, no encoding knows half of a surrogate pair, and terminals obey the other control characters.
_UNKEEPABLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def cleaned(text: str) -> str:
    """Return `text` without what cannot be kept. Lines end in a line feed."""
    return _UNKEEPABLE.sub("", _LINE_END.sub("\n", text))
