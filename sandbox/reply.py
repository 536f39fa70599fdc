"""What the app answered."""

from dataclasses import dataclass


@dataclass(slots=True)
class Reply:
    """`reason` is set when the app did not answer, or not well."""

    status: int | None
    body: str
    reason: str | None
    no_retry: bool = False
    content_type: str = ""
