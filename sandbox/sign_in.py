"""Sign in with Slack (OpenID Connect) and the app's installation: in the sandbox one click as any of its cast."""

import asyncio
import secrets
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.config import is_loopback
from sandbox.pushes import dump
from sandbox.workspace import Json
from sandbox.world import Grant, World

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root{{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}}
main{{max-width:26rem;margin:10vh auto;padding:0 1rem}}
a{{display:flex;gap:.75rem;align-items:center;padding:.5rem;border-radius:.5rem;text-decoration:none;color:inherit}}
a:hover,a:focus{{background:color-mix(in srgb,currentColor 10%,transparent)}}
img{{width:2.25rem;height:2.25rem;border-radius:.4rem}}small{{opacity:.7}}</style>
<main><h1>{title}</h1><p>This is the sandbox, not Slack. Who are you?</p>{people}</main></html>"""
_PERSON = '<a href="{href}"><img src="/avatars/{id}.svg" alt=""><span>{name}<br><small>{title}</small></span></a>'


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks for when it sends somebody here."""

    purpose: str
    redirect_uri: str
    state: str
    nonce: str
    scope: str


class SignInDoor:
    def __init__(self, world: World) -> None:
        self._world = world

    async def authorize(self, http: web.Request) -> web.Response:
        """Ask who it is; then send them back to the app with a code."""
        purpose = "install" if http.path.startswith("/oauth/") else "sign in"
        asked = self._asked(http, purpose)
        if user := http.query.get("as"):
            # Making the key takes a moment, in which others go on; afterwards it is there for the token.
            await asyncio.to_thread(self._world.signing_key)
            raise web.HTTPFound(self._way_back(asked, user))
        people = "".join(
            _PERSON.format(
                href=escape(str(http.rel_url.update_query({"as": one.id}))),
                id=one.id,
                name=escape(one.real_name),
                title=escape(one.title),
            )
            for one in self._world.workspace.people()
            if not one.deleted
        )
        app = escape(self._world.manifest.name)
        title = f"Install {app}" if purpose == "install" else f"Sign in to {app}"
        return web.Response(text=_PAGE.format(title=title, people=people), content_type="text/html")

    def _asked(self, http: web.Request, purpose: str) -> Asked:
        redirect_uri = http.query.get("redirect_uri", "")
        known = self._world.manifest.redirect_urls
        allowed = redirect_uri in known or is_loopback(urlsplit(redirect_uri).hostname or "")
        if http.query.get("client_id") != self._world.config.client_id:
            raise web.HTTPBadRequest(text="invalid_client_id")
        if not allowed or urlsplit(redirect_uri).scheme not in ("http", "https"):
            raise web.HTTPBadRequest(text="bad_redirect_uri")
        return Asked(
            purpose,
            redirect_uri,
            http.query.get("state", ""),
            http.query.get("nonce", ""),
            http.query.get("scope", ""),
        )

    def _way_back(self, asked: Asked, user_id: str) -> str:
        user = self._world.workspace.users.get(user_id)
        if user is None or user.deleted or user.is_bot:
            raise web.HTTPBadRequest(text="There is nobody with this id.")
        code = secrets.token_urlsafe(18)
        self._world.grants[code] = Grant(
            asked.purpose, user.id, asked.redirect_uri, asked.nonce, asked.scope, self._world.clock.now()
        )
        joint = "&" if urlsplit(asked.redirect_uri).query else "?"
        return f"{asked.redirect_uri}{joint}{urlencode({'code': code, 'state': asked.state})}"

    async def configuration(self, http: web.Request) -> web.Response:
        base = self._world.base_url
        return _json(
            {
                "issuer": base.rstrip("/"),
                "authorization_endpoint": f"{base}openid/connect/authorize",
                "token_endpoint": f"{base}api/openid.connect.token",
                "userinfo_endpoint": f"{base}api/openid.connect.userInfo",
                "jwks_uri": f"{base}openid/connect/keys",
                "scopes_supported": ["openid", "profile", "email"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "claims_supported": ["sub", "auth_time", "iss"],
                "claims_parameter_supported": False,
                "request_parameter_supported": False,
                "request_uri_parameter_supported": True,
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )

    async def keys(self, http: web.Request) -> web.Response:
        key = await asyncio.to_thread(self._world.signing_key)
        return _json({"keys": [key.public_shape()]})


def _json(body: Json) -> web.Response:
    return web.Response(text=dump(body), content_type="application/json")
