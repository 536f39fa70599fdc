"""What the sandbox is told at its start: command line first, then environment, then defaults for one's own machine."""

import argparse
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

# Public on purpose: they open nothing but a sandbox on somebody's own machine.
BOT_TOKEN = "xoxb-sandbox-token"  # noqa: S105
APP_TOKEN = "xapp-sandbox-token"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
CLIENT_ID = "1111111111.2222222222"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    host: str = "127.0.0.1"
    port: int = 8001
    app_url: str | None = None
    web_url: str | None = None
    data_dir: Path | None = None
    manifest: Path | None = None
    scripts: tuple[Path, ...] = ()
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    signing_secret: str = SIGNING_SECRET
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET


def is_loopback(host: str) -> bool:
    """Say whether this name or address leads back to this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    if not is_loopback(host):
        raise argparse.ArgumentTypeError(
            f"{host} is not a loopback address. The sandbox has no passwords, so it serves this machine only: 127.0.0.1"
        )
    return host


def read_config(arguments: list[str] | None = None) -> Config:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A pretend Slack workspace. Not Slack.")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(env("SANDBOX_PORT", "8001")), help="0 takes a free one")
    parser.add_argument("--app-url", default=env("SANDBOX_APP_URL"), help="where the app takes Slack's requests")
    parser.add_argument("--web-url", default=env("SANDBOX_WEB_URL"), help="the app's web site, for a link")
    parser.add_argument("--data-dir", type=Path, default=env("SANDBOX_DATA_DIR"), help="without it nothing is kept")
    parser.add_argument("--manifest", type=Path, default=env("SANDBOX_MANIFEST"), help="the app's manifest (JSON)")
    parser.add_argument("--scripts", default=env("SANDBOX_SCRIPTS"), help="a folder of more scripts to offer")
    parser.add_argument("--bot-token", default=env("SANDBOX_BOT_TOKEN") or BOT_TOKEN)
    parser.add_argument("--app-token", default=env("SANDBOX_APP_TOKEN") or APP_TOKEN)
    parser.add_argument("--signing-secret", default=env("SANDBOX_SIGNING_SECRET") or SIGNING_SECRET)
    given = parser.parse_args(arguments)
    return Config(
        host=given.host,
        port=given.port,
        app_url=given.app_url or None,
        web_url=given.web_url or None,
        data_dir=Path(given.data_dir) if given.data_dir else None,
        manifest=Path(given.manifest) if given.manifest else None,
        scripts=(Path(given.scripts),) if given.scripts else (),
        bot_token=given.bot_token,
        app_token=given.app_token,
        signing_secret=given.signing_secret,
    )
