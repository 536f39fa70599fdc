"""Read requests so that a bad header fails only where an error page can answer it."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
_BOUNDARY: Final = re.compile(r';\s*boundary=("?)([ -!#-:<-~]{1,200})\1\s*(?:;|$)', re.IGNORECASE)
_CHARSET: Final = re.compile(r';\s*charset=("?)([^;"]*)\1', re.IGNORECASE)


class Request(WSGIRequest):
    """A request whose text is UTF-8, whatever charset it names.

    Django decodes with any codec that the `Content-Type` names, while it creates the request: `charset=hex` raises
    there, where nothing turns an exception into an answer.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        named = str(environ.get("CONTENT_TYPE") or "")
        kind = named.partition(";")[0].strip().lower()
        charset = _CHARSET.search(named)
        self._is_other_text = kind in FORMS and bool(charset) and not _is_utf8(charset[2] if charset else "")
        boundary = _BOUNDARY.search(named)
        environ["CONTENT_TYPE"] = f'{kind}; boundary="{boundary[2]}"' if kind == FORMS[0] and boundary else kind
        super().__init__(environ)

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override]  # noqa: N802 - Django has it so
        """Return the cookies without those that contain NUL, which PostgreSQL can't compare with a session's key."""
        return {name: value for name, value in super().COOKIES.items() if "\0" not in name + value}

    def parse_file_upload(
        self,
        META: Any,  # noqa: N803 - Django has it so
        post_data: Any,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        try:
            return super().parse_file_upload(META, post_data)
        except (LookupError, ValueError) as error:
            raise MultiPartParserError(f"A part names what cannot be decoded: {error}") from error

    def _load_post_and_files(self) -> None:
        if self._is_other_text:
            self._forget_form()
            raise BadRequest("Send texts as UTF-8.")
        try:
            super()._load_post_and_files()
        except Exception:
            self._forget_form()  # or the error page would fail as well
            raise

    def _forget_form(self) -> None:
        self._post: QueryDict = QueryDict()
        self._files: MultiValueDict[str, Any] = MultiValueDict()


class Handler(WSGIHandler):
    request_class = Request

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer HEAD as GET, without the body: the web server logs a warning about each that it has to drop."""
        response: HttpResponseBase = super().get_response(request)
        if request.method == "HEAD":
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = ()
            elif isinstance(response, HttpResponse):
                response.content = b""
        return response


def _is_utf8(charset: str) -> bool:
    return charset.strip().lower().replace("_", "-") in ("utf-8", "utf8", "us-ascii", "ascii")
