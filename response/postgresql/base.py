"""PostgreSQL, with a look at each connection before it is used again that costs no round trip."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Ask the server only when something has arrived unasked: a server that went away has closed the line."""
        try:
            line = select.poll()
            line.register(self.connection.fileno(), select.POLLIN)
        except self.Database.Error:  # it is closed at our end
            return False
        return not line.poll(0) or bool(super().is_usable())
