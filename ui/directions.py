"""Keep people's texts from changing the direction of a page: the control characters are removed from the output.

Editable texts keep them, or saving a form would change a text that nobody touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# U+202A to U+202E and U+2066 to U+2069, in UTF-8: see `incidents.texts.without_directions`.
_CONTROLS: Final = rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
_IS_THERE: Final = re.compile(_CONTROLS)
_TO_EDIT: Final = rb"(?P<kept><textarea\b.*?</textarea>|\svalue=\"[^\"]*\")"
_SHOWN: Final = re.compile(rb"%b|%b" % (_TO_EDIT, _CONTROLS), re.DOTALL)


class KeepDirection:
    """The innermost Django middleware: it reads pages before anything compresses them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        content = getattr(response, "content", b"")
        if is_page and _IS_THERE.search(content):
            response.content = _SHOWN.sub(lambda found: found["kept"] or b"", content)  # type: ignore[attr-defined]
        return response
