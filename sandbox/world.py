"""One sandbox: the workspace and all that moves in it."""

import itertools
import threading
from collections import deque
from dataclasses import dataclass, field

from sandbox import cast
from sandbox.activity import Activity
from sandbox.changes import Changes
from sandbox.clock import Clock, Timers
from sandbox.config import Config
from sandbox.deliveries import Deliveries
from sandbox.faults import Faults
from sandbox.ids import Ids
from sandbox.manifest import Manifest
from sandbox.news import News, WasReset
from sandbox.pushes import Hub
from sandbox.rates import Rates
from sandbox.signing_key import SigningKey, new_key
from sandbox.socket_mode import Lines
from sandbox.workspace import BOT_USER, Json, User, View, Workspace


@dataclass(slots=True)
class Trigger:
    """A `trigger_id`: one view may be opened with it, soon."""

    user: str
    created: float
    view: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """An address an app may answer to five times within half an hour."""

    token: str
    user: str
    channel: str
    created: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


@dataclass(slots=True)
class Grant:
    """What an authorization code stands for: somebody signed in, or installed the app."""

    purpose: str
    user: str
    redirect_uri: str
    nonce: str
    scope: str
    created: float


@dataclass(slots=True)
class Call:
    """A Web API call, as the panel and the tests see it afterwards."""

    id: int
    at: float
    method: str
    args: Json
    http_status: int = 200
    answer: Json = field(default_factory=dict)
    ms: float = 0.0
    fault: str | None = None

    def shape(self) -> Json:
        return {
            "id": self.id,
            "at": self.at,
            "method": self.method,
            "args": self.args,
            "http_status": self.http_status,
            "ok": bool(self.answer.get("ok")),
            "error": self.answer.get("error"),
            "answer": self.answer,
            "ms": self.ms,
            "fault": self.fault,
            "messages": (self.answer.get("response_metadata") or {}).get("messages", []),
        }


class World:
    def __init__(self, config: Config, manifest: Manifest) -> None:
        self.config = config
        self.base_url = f"http://{config.host}:{config.port}/"
        self.app_url = config.app_url
        # Told to keep what the app should hear.
        self.app_silent = False
        self.first_manifest = manifest
        self.manifest = manifest
        self.clock = Clock()
        self.timers = Timers(self.clock)
        self.activity = Activity()
        self.hub = Hub()
        self.news = News()
        self.deliveries = Deliveries(self)
        self.lines = Lines(self)
        self.changes = Changes()
        self.faults = Faults()
        self.rates = Rates(self.clock)
        self.ids = Ids()
        self.numbers = itertools.count(1)
        self.workspace: Workspace = cast.first_day(self.clock.now())
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.calls: deque[Call] = deque(maxlen=5000)
        self.grants: dict[str, Grant] = {}
        self.user_tokens: dict[str, str] = {}
        self._key_lock = threading.Lock()
        self._signing_key: SigningKey | None = None
        self.snapshots: dict[str, bytes] = {}

    @property
    def bot(self) -> User:
        return self.workspace.users[BOT_USER]

    def url_for(self, purpose: str) -> str | None:
        """Return where the app takes this kind of request: one address for all when the sandbox was given one."""
        if self.app_silent:
            return None
        return self.app_url or self.manifest.urls.get(purpose)

    def signing_key(self) -> SigningKey:
        """Return the key that signs id_tokens. The first time it takes a second."""
        with self._key_lock:
            if self._signing_key is None:
                self._signing_key = new_key()
            return self._signing_key

    def show_faults(self) -> None:
        """Push the current faults to every window."""
        self.hub.push_all({"type": "faults", "faults": self.faults.shape()})

    async def reset(self, *, keep_faults: bool = False) -> None:
        """Make it the first day again."""
        self.news.tell(WasReset())
        await self.deliveries.forget_all()
        self.timers.clear()
        self.clock.reset()
        self.ids = Ids()
        self.workspace = cast.first_day(self.clock.now())
        self.manifest = self.first_manifest
        self.app_url = self.config.app_url
        self.app_silent = False
        if not keep_faults:
            self.faults = Faults()
        self.rates = Rates(self.clock)
        for kept in (self.triggers, self.response_urls, self.views, self.stacks, self.calls, self.grants):
            kept.clear()
        self.changes.everything()
        self.hub.push_all({"type": "reset"})
