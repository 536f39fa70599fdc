"""Keep people's texts from changing the direction of a page: the control characters are removed from the output.

Editable texts keep them, or saving a form would change a text that nobody touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# U+202A to U+202E and U+2066 to U+2069, in UTF-8: see `people.texts.without_directions`.
_CONTROLS: Final = rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
_IS_THERE: Final = re.compile(_CONTROLS)
_AREA: Final = rb"<textarea\b.*?</textarea>"
_FIELD: Final = rb"<(?:input|option|button)\b[^>]*>"  # in a text, < is always written as &lt;
_VALUE: Final = rb"\svalue=\"[^\"]*\""
_ON_A_PAGE: Final = re.compile(rb"(?P<area>%b)|(?P<field>%b)|%b" % (_AREA, _FIELD, _CONTROLS), re.DOTALL)
_IN_A_FIELD: Final = re.compile(rb"(?P<value>%b)|%b" % (_VALUE, _CONTROLS))


class KeepDirection:
    """The innermost Django middleware: it reads pages before anything compresses them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        content = getattr(response, "content", b"")
        if is_page and _IS_THERE.search(content):
            response.content = _ON_A_PAGE.sub(_shown, content)  # type: ignore[attr-defined]
        return response


def _shown(found: re.Match[bytes]) -> bytes:
    if found["field"]:
        return _IN_A_FIELD.sub(lambda part: part["value"] or b"", found["field"])
    return found["area"] or b""
