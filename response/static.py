"""Serve static files under names that change with their content, and compress every answer.

There is no `collectstatic`: files are served from the apps' folders, in a checkout, a wheel and an image alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import AppDirectoriesFinder
from django.contrib.staticfiles.storage import HashedFilesMixin, StaticFilesStorage
from django.core.files import File
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

PARTIAL: Final = 206
WITHOUT_BODY: Final = (204, 304)
_HASH: Final = re.compile(r"\.[0-9a-f]{12}(?=\.[^./]+$)")


class NamedByContent(HashedFilesMixin, StaticFilesStorage):  # type: ignore[misc]  # only the stubs differ
    """Addresses such as `ui/ui.5f3c0a91b2d4.css`. With DEBUG they have no hash, as files change while it runs."""

    def stored_name(self, name: str) -> str:
        """Return the name with the hash of the file in an app's folder; `name` itself if no app has the file."""
        return _with_hash(self, name)


@cache
def _with_hash(storage: NamedByContent, name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str) or not Path(path).is_file():
        return name
    with Path(path).open("rb") as file:
        return storage.hashed_name(name, File(file))


class HashedFinder(AppDirectoriesFinder):
    """Find a file by its hashed name, for `runserver` and the live server of tests, which use only finders."""

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        plain = _HASH.sub("", path)
        return super().find(plain, *args, **kwargs) if plain != path else []

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        return iter(())


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # it has no types
    """Serve each file at its hashed address, cacheable forever, and at its plain address, cacheable for a minute."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        hashed = self.get_static_url(url.removeprefix(self.static_prefix))
        if hashed and hashed != url:
            super().add_file_to_dictionary(hashed, path, stat_cache=stat_cache)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # During an upgrade, a page of one version may request its files from the other version.
        if request.path_info.startswith(self.static_prefix) and request.path_info not in self.files:
            request.path_info = _HASH.sub("", request.path_info)
        answer: HttpResponseBase = super().__call__(request)
        return answer


class Compressed(GZipMiddleware):
    """Compress answers for browsers that accept it, with or without a proxy in front of us.

    An attacker can't learn secrets from the length of answers (BREACH): each answer masks the CSRF token differently,
    requests from other sites don't carry the session cookie, and each answer gets up to 100 extra random bytes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # A range counts the bytes of the file, not of its compressed form.
        if response.status_code == PARTIAL:
            return response
        if request.method == "HEAD" or response.status_code in WITHOUT_BODY:
            patch_vary_headers(response, ("Accept-Encoding",))
            if re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
                del response.headers["Content-Length"]  # it would be that of the compressed body
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
