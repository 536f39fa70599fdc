"""oauth.v2.access, openid.connect.* and apps.connections.open: how apps get their tokens and lines."""

import secrets

from sandbox import shapes
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import APP_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Json, User
from sandbox.world import Grant

CODE_LIFE = 10 * 60
TOKEN_LIFE = 12 * 3600


def _grant(call: ApiCall, purpose: str) -> Grant:
    """Return what a code stands for. A code works once, for ten minutes, with the address it was given to."""
    if call.text("grant_type", "authorization_code") != "authorization_code":
        raise SlackError("invalid_grant_type")
    config = call.world.config
    if call.text("client_id") != config.client_id:
        raise SlackError("invalid_client_id")
    if call.text("client_secret") != config.client_secret:
        raise SlackError("bad_client_secret")
    grant = call.world.grants.pop(call.text("code"), None)
    if grant is None or grant.purpose != purpose or call.world.clock.now() - grant.created > CODE_LIFE:
        raise SlackError("invalid_code")
    if call.text("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        raise SlackError("bad_redirect_uri")
    return grant


@method("oauth.v2.access")
def oauth_access(call: ApiCall) -> Json:
    grant = _grant(call, "install")
    return {
        "access_token": call.world.config.bot_token,
        "token_type": "bot",
        "scope": ",".join(sorted(call.world.manifest.scopes)),
        "bot_user_id": BOT_USER,
        "app_id": APP_ID,
        "team": {"id": TEAM_ID, "name": TEAM_NAME},
        "enterprise": None,
        "authed_user": {"id": grant.user},
        "is_enterprise_install": False,
    }


@method("openid.connect.token")
def openid_token(call: ApiCall) -> Json:
    grant = _grant(call, "sign in")
    token = f"xoxp-sandbox-{secrets.token_urlsafe(16)}"
    call.world.user_tokens[token] = grant.user
    user, now = call.world.workspace.users[grant.user], int(call.world.clock.now())
    claims = {
        "iss": call.world.base_url.rstrip("/"),
        "aud": call.world.config.client_id,
        "exp": now + 300,
        "iat": now,
        "auth_time": now,
        "nonce": grant.nonce,
        "at_hash": secrets.token_urlsafe(12),
        **_claims(call, user),
    }
    return {
        "access_token": token,
        "token_type": "Bearer",
        "id_token": call.world.signing_key().token(claims),
        "expires_in": TOKEN_LIFE,
    }


@method("openid.connect.userInfo")
def openid_user_info(call: ApiCall) -> Json:
    user = call.world.workspace.users.get(call.acting_user)
    if user is None or user.deleted:
        raise SlackError("account_inactive")
    return _claims(call, user)


def _claims(call: ApiCall, user: User) -> Json:
    profile = shapes.profile(user, call.world.base_url)
    return {
        "sub": user.id,
        "https://slack.com/user_id": user.id,
        "https://slack.com/team_id": TEAM_ID,
        "email": user.email,
        "email_verified": True,
        "date_email_verified": user.updated,
        "name": user.real_name,
        "picture": profile["image_512"],
        "given_name": profile["first_name"],
        "family_name": profile["last_name"],
        "locale": "en-US",
        "https://slack.com/team_name": TEAM_NAME,
        "https://slack.com/team_domain": TEAM_DOMAIN,
        "https://slack.com/team_image_default": True,
    }


@method("apps.connections.open")
def connections_open(call: ApiCall) -> Json:
    return {"url": call.world.lines.new_url()}
