"""HTTP servers on loopback that behave as badly as a test wants."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from time import monotonic

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Reply = Callable[["Handler"], None]


@dataclass
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=monotonic)


class Server(ThreadingHTTPServer):
    """Keeps what it was `asked`, and answers with `replies` in turn; the last one serves all that follow."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *replies: Reply, scheme: str = "http") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.replies = list(replies)
        self.server_names: list[str | None] = []
        self.scheme = scheme

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients leave whenever they like."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, body))
        reply = self.server.replies.pop(0) if len(self.server.replies) > 1 else self.server.replies[0]
        reply(self)
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 — http.server chose the names

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""

    def drip(self, piece: bytes) -> None:
        """Send the same bytes until the client leaves, or for ten seconds."""
        began = monotonic()
        try:
            while monotonic() - began < 10:
                self.wfile.write(piece)
        except OSError:
            return


def reply(status: int = 200, body: bytes = b"", **headers: str) -> Reply:
    """Answer so. Underscores in names of headers stand for hyphens."""

    def send(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return send


@contextmanager
def running(*replies: Reply, authority: Authority | None = None) -> Iterator[Server]:
    """Run a server, with a certificate of this authority if there is one."""
    server = Server(*replies, scheme="https" if authority else "http")
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.certificate)

        def note(_socket: object, name: str | None, _context: object) -> None:
            server.server_names.append(name)

        context.sni_callback = note
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and a certificate that it issued, with its key, in a file."""

    root: Path
    certificate: Path

    @property
    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.root))


def make_authority(folder: Path, *, host: str) -> Authority:
    """Make an authority and a certificate for this host and for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the tests")])
    names: list[x509.GeneralName] = [x509.DNSName(host), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    root, certificate = folder / "root.pem", folder / "certificate.pem"
    public = built.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    root.write_bytes(public)
    certificate.write_bytes(private + public)
    return Authority(root, certificate)
