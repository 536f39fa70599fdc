"""One line per log record: time, level, which process, where, what, and whatever was passed as `extra`."""

import json
import logging
import os
from datetime import UTC, datetime
from typing import Any

from response.redaction import redacted

# What a bare record carries; the rest was passed by the caller as `extra`.
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Django hands these objects to its loggers; they say nothing in a log.
OBJECTS = frozenset({"request", "sock"})


def role() -> str:
    """Return the name that the supervisor gave to this process."""
    return os.environ.get("RESPONSE_ROLE", "manage")


def extras(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in USUAL | OBJECTS}


def written_at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextFormatter(logging.Formatter):
    """For people. A line break inside a message is shown as such, a traceback follows below its line."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        said = "".join(f" {key}={value!r}" for key, value in extras(record).items())
        line = f"{written_at(record)} {record.levelname} {role()} {record.name}: {message}{said}"
        return redacted(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class JsonFormatter(logging.Formatter):
    """For machines: one object per line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": written_at(record),
            "level": record.levelname,
            "role": role(),
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(_redacted(said))


def _redacted(said: Any) -> Any:
    """Redact before JSON escapes quotes and line breaks, which would split a secret."""
    if isinstance(said, dict):
        return {str(key): _redacted(value) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_redacted(each) for each in said]
    return said if said is None or isinstance(said, bool | int | float) else redacted(str(said))
