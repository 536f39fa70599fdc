"""Uploads and downloads of files."""

import base64

from aiohttp import web

from sandbox.world import World


class FileDoor:
    def __init__(self, world: World) -> None:
        self._world = world

    async def upload(self, http: web.Request) -> web.Response:
        """Take the bytes that `files.getUploadURLExternal` announced: as the body, or as a form's first file."""
        file = self._world.workspace.files.get(http.match_info["file"])
        if file is None:
            raise web.HTTPNotFound(text="no such upload")
        content = await self._content(http)
        if len(content) != file.size:
            raise web.HTTPBadRequest(text=f"announced {file.size} bytes, got {len(content)}")
        file.content = base64.b64encode(content).decode()
        file.uploaded = True
        return web.Response(text=f"OK - {file.size}")

    async def _content(self, http: web.Request) -> bytes:
        if http.content_type == "multipart/form-data":
            for value in (await http.post()).values():
                if isinstance(value, web.FileField):
                    return value.file.read()
            return b""
        return await http.read()

    async def download(self, http: web.Request) -> web.Response:
        file = self._world.workspace.files.get(http.match_info["file"])
        if file is None or not file.completed:
            raise web.HTTPNotFound(text="no such file")
        # Nothing that people upload may run as a page of the sandbox.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
        return web.Response(body=base64.b64decode(file.content), content_type=file.mimetype, headers=headers)
