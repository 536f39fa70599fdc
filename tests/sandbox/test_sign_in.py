import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from sandbox import signing_key
from tests.sandbox.conftest import TOKEN, Sandbox

CLIENT = {"client_id": "1111111111.2222222222", "client_secret": "sandbox-client-secret"}
BACK = "http://127.0.0.1:8000/accounts/slack/login/callback/"


def code_for(sandbox: Sandbox, user: str, path: str = "openid/connect/authorize") -> dict[str, str]:
    answer = sandbox.http.get(
        path,
        params={
            "response_type": "code",
            "client_id": CLIENT["client_id"],
            "redirect_uri": BACK,
            "state": "s1",
            "nonce": "n1",
            "scope": "openid email profile",
            "as": user,
        },
    )
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(sandbox: Sandbox, code: str, method: str = "openid.connect.token", **more: str) -> dict[str, Any]:
    answer: dict[str, Any] = sandbox.http.post(
        f"api/{method}", data={**CLIENT, "code": code, "redirect_uri": BACK, **more}
    ).json()
    return answer


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_one_signs_in_as_one_of_the_cast(sandbox: Sandbox) -> None:
    page = sandbox.http.get("openid/connect/authorize", params={"client_id": CLIENT["client_id"], "redirect_uri": BACK})
    assert "Grace Hopper" in page.text
    back = code_for(sandbox, "U0GRACE")
    assert back["state"] == "s1"

    token = exchange(sandbox, back["code"])

    claims = json.loads(unpacked(token["id_token"].split(".")[1]))
    assert claims["https://slack.com/user_id"] == "U0GRACE"
    assert (claims["aud"], claims["nonce"]) == (CLIENT["client_id"], "n1")
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    info = sandbox.http.post("api/openid.connect.userInfo", headers=headers).json()
    assert info["email"] == "grace@example.com"
    assert info["https://slack.com/team_id"] == "T0SANDBOX"


def test_id_token_is_signed_with_the_published_key(sandbox: Sandbox) -> None:
    token = exchange(sandbox, code_for(sandbox, "U0ADA")["code"])["id_token"]
    configuration = sandbox.http.get(".well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(sandbox.http.get(configuration["jwks_uri"]).json())

    claims = opened(token, keys, issuer=configuration["issuer"])

    assert claims["https://slack.com/user_id"] == "U0ADA"


def test_id_token_of_another_key_is_refused(sandbox: Sandbox) -> None:
    keys = jwt.PyJWKSet.from_dict(sandbox.http.get("openid/connect/keys").json())
    forged = signing_key.new_key().token({"aud": CLIENT["client_id"], "sub": "U0ADA"})

    with pytest.raises(jwt.InvalidSignatureError):
        opened(forged, keys, issuer="")


def opened(token: str, keys: jwt.PyJWKSet, *, issuer: str) -> dict[str, Any]:
    """Do what an app does with an id_token: find the key by its id, check the signature, issuer and audience."""
    key = keys[jwt.get_unverified_header(token)["kid"]]
    # The sandbox has a clock of its own, which these tests move.
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=CLIENT["client_id"],
        issuer=issuer,
        options={"verify_exp": False, "verify_iat": False},
    )
    return claims


def test_code_works_once_and_with_the_right_secret(sandbox: Sandbox) -> None:
    code = code_for(sandbox, "U0ADA")["code"]

    assert exchange(sandbox, code, client_secret="wrong")["error"] == "bad_client_secret"
    assert exchange(sandbox, code)["ok"]
    assert exchange(sandbox, code)["error"] == "invalid_code"
    late = code_for(sandbox, "U0ADA")["code"]
    sandbox.post("clock", advance=601)
    assert exchange(sandbox, late)["error"] == "invalid_code"


def test_install_gives_the_bot_token(sandbox: Sandbox) -> None:
    back = code_for(sandbox, "U0ADA", "oauth/v2/authorize")

    installed = exchange(sandbox, back["code"], "oauth.v2.access")

    assert installed["access_token"] == TOKEN
    assert installed["bot_user_id"] == "U0RESPONSE"
    assert installed["authed_user"] == {"id": "U0ADA"}


@pytest.mark.parametrize("redirect_uri", ["https://evil.example/", "javascript:alert(1)", ""])
def test_codes_go_only_to_addresses_of_the_app(sandbox: Sandbox, redirect_uri: str) -> None:
    answer = sandbox.http.get(
        "openid/connect/authorize",
        params={"client_id": CLIENT["client_id"], "redirect_uri": redirect_uri, "as": "U0ADA"},
    )

    assert (answer.status_code, answer.text) == (400, "bad_redirect_uri")
