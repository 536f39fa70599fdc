"""PostgreSQL, with a look at each connection before it is used again that costs no round trip."""

from __future__ import annotations

import select
import time
from typing import Final

from django.db.backends.postgresql import base

QUIET: Final = 30.0  # seconds after which somebody between us and the server may have forgotten the line


class DatabaseWrapper(base.DatabaseWrapper):
    _looked_at = 0.0

    def is_usable(self) -> bool:
        """Ask the server only after a while, or when something has arrived unasked: one that goes closes the line."""
        looked_at, self._looked_at = self._looked_at, time.monotonic()
        try:
            line = select.poll()
            line.register(self.connection.fileno(), select.POLLIN)
        except self.Database.Error:  # it is closed at our end
            return False
        is_in_use = self._looked_at - looked_at < QUIET
        return (is_in_use and not line.poll(0)) or bool(super().is_usable())
