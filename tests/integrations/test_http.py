"""Calls to other systems: what is refused, where a call goes, how long it takes, and when it is repeated."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from ipaddress import ip_address
from threading import Event
from time import monotonic, sleep
from typing import Any, Protocol

import pytest
from django.db import transaction
from pytest_django import Settings

from integrations import http
from integrations.http import outcomes
from tests.integrations.servers import Authority, Handler, Reply, Server, make_authority, reply, running

pytestmark = pytest.mark.long  # they wait for time limits

HOST = "hooks.example.com"
QUICK = http.Limits(connect=1, read=1, total=4)
LOOPBACK = "127.0.0.0/8"


class Runs(Protocol):
    def __call__(self, *replies: Reply, authority: Authority | None = None) -> Server: ...


@pytest.fixture
def run() -> Iterator[Runs]:
    with ExitStack() as stack:

        def start(*replies: Reply, authority: Authority | None = None) -> Server:
            return stack.enter_context(running(*replies or (reply(),), authority=authority))

        yield start


@pytest.fixture
def loopback(settings: Settings) -> None:
    """Servers of these tests may be called."""
    settings.HTTP_ALLOWED_NETWORKS = [LOOPBACK]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"), host=HOST)


def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def at(*addresses: str) -> http.Resolver:
    return lambda _host, _port: addresses


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "127%2e0%2e0%2e1",
        "localhost",
        "LOCALHOST.",
        "user:password@127.0.0.1",
        "0",
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "2852039166",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:0:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:7f00:1::]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[100::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fec0::1]",
        "[ff02::1]",
        "[4000::1]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_internal_address_is_refused_however_it_is_written(scheme: str, host: str) -> None:
    with pytest.raises(http.Refused):
        http.call("GET", f"{scheme}://{host}/", limits=QUICK)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1%2"],
        ["::ffff:10.0.0.1"],
        ["93.184.215.14", "10.0.0.1"],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
    ],
)
def test_a_name_that_leads_to_an_internal_address_is_refused(addresses: Sequence[str]) -> None:
    with pytest.raises(http.Refused, match=f"^{HOST} leads to an internal address"):
        http.call("GET", f"https://{HOST}/secret", resolve=at(*addresses))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "http://",
        "http:///path",
        "http://:80/",
        "https://../",
        "http://example.com:99999/",
        "http://exam ple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nHost: internal",
        "http://example.com\x00.evil.example/",
        "http://[::1/",
        "http://[v1.x]/",
        "http://①②⑦.0.0.1/",
        "http://bücher.example/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
    ],
)
def test_what_is_not_a_url_for_the_web_is_refused(url: str) -> None:
    with pytest.raises(http.Refused) as refusal:
        http.call("GET", url, resolve=at("127.0.0.1"))

    assert str(refusal.value).endswith(".")
    assert not refusal.value.temporary


@pytest.mark.parametrize(
    "headers",
    [{"Host": "internal"}, {"content-length": "3"}, {"X-A": "b\r\nHost: c"}, {"X A": "b"}, {"": "b"}, {"X-A": "ü"}],
)
@pytest.mark.usefixtures("loopback")
def test_a_header_that_changes_the_request_is_refused(run: Runs, headers: dict[str, str]) -> None:
    server = run()

    with pytest.raises(http.Refused, match="header"):
        http.call("GET", server.url(), headers=headers)

    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "64:ff9b::5db8:d70e",
        "::ffff:93.184.215.14",
    ],
)
def test_a_public_address_is_not_internal(address: str) -> None:
    """Asked of the function itself, because a call would leave this machine."""
    assert not http.is_internal(ip_address(address))


# What an operator allows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", ["127.0.0.0/8", "127.0.0.1", HOST, HOST.upper()])
def test_an_operator_can_allow_networks_and_hosts(run: Runs, settings: Settings, allowed: str) -> None:
    settings.HTTP_ALLOWED_NETWORKS = ["10.0.0.0/8", allowed]
    server = run()

    http.call("GET", server.url(HOST), resolve=here)

    assert len(server.asked) == 1


@pytest.mark.parametrize("allowed", ["10.0.0.0/8", "::/1", "example.com", "other.example.com", "127.0.0.2"])
def test_only_what_is_allowed_is_called(run: Runs, settings: Settings, allowed: str) -> None:
    settings.HTTP_ALLOWED_NETWORKS = [allowed]
    server = run()

    with pytest.raises(http.Refused):
        http.call("GET", server.url(HOST), resolve=here)

    assert server.asked == []


def test_the_host_that_an_operator_chose_may_be_internal_and_no_other(run: Runs) -> None:
    server = run(reply(204))
    leads_on = run(reply(302, location=server.url("localhost")))

    assert http.call("GET", server.url(), internal=True).status == 204
    with pytest.raises(http.Refused, match=r"^localhost leads to an internal address"):
        http.call("GET", leads_on.url(), internal=True)
    assert len(server.asked) == 1


def test_another_port_of_the_host_that_an_operator_chose_is_refused(run: Runs) -> None:
    server = run(reply(204))
    leads_on = run(reply(302, location=server.url()))
    stays = run(reply(302, location="/b"), reply(204))

    with pytest.raises(http.Refused, match=r"^127\.0\.0\.1 leads to an internal address"):
        http.call("GET", leads_on.url(), internal=True)
    assert server.asked == []
    assert http.call("GET", stays.url(), internal=True).status == 204


# Where a call goes ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
def test_the_connection_goes_to_the_address_that_was_checked(run: Runs) -> None:
    server = run()
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    looked_up = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        looked_up.append((host, port))
        return next(answers)

    http.call("GET", server.url(HOST, "/path?query=1"), resolve=rebinding)

    assert looked_up == [(HOST, server.server_port)]
    assert server.asked[0].path == "/path?query=1"
    assert server.asked[0].headers["host"] == f"{HOST}:{server.server_port}"


@pytest.mark.usefixtures("loopback")
def test_tls_is_checked_against_the_name_and_not_the_address(run: Runs, authority: Authority) -> None:
    server = run(authority=authority)

    http.call("GET", server.url(HOST), resolve=here, tls=authority.trusted)
    http.call("GET", server.url("127.0.0.1"), tls=authority.trusted)
    with pytest.raises(http.Refused, match=r"^The certificate of other\.example\.com isn't valid"):
        http.call("GET", server.url("other.example.com"), resolve=here, tls=authority.trusted)

    assert server.server_names == [HOST, None, "other.example.com"]
    assert [asked.headers["host"].partition(":")[0] for asked in server.asked] == [HOST, "127.0.0.1"]


@pytest.mark.usefixtures("loopback")
def test_a_certificate_of_an_unknown_authority_is_refused(run: Runs, authority: Authority) -> None:
    server = run(authority=authority)

    with pytest.raises(http.Refused, match="certificate"):
        http.call("POST", server.url(HOST), json={"secret": 1}, resolve=here)

    assert server.asked == []


@pytest.mark.usefixtures("loopback")
def test_the_next_address_is_tried_when_one_refuses(run: Runs) -> None:
    server = run()

    http.call("GET", server.url(HOST), resolve=at("127.0.0.9", "127.0.0.1"))

    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
def test_a_proxy_of_the_environment_is_not_used(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    server, proxy = run(), run()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url())

    http.call("GET", server.url(HOST), resolve=here)

    assert (len(server.asked), proxy.asked) == (1, [])


# What is sent, and what comes back -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
def test_json_goes_out_and_comes_back(run: Runs) -> None:
    server = run(reply(201, b'{"id": 7}', content_type="application/json"))

    answer = http.call("POST", server.url(), json={"text": "é"}, headers={"X-Team": "payments"}, idempotency_key="k1")

    (asked,) = server.asked
    assert (asked.method, asked.body) == ("POST", b'{"text": "\\u00e9"}')
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-team"] == "payments"
    assert asked.headers["idempotency-key"] == "k1"
    assert (answer.status, answer.json(), answer.headers["CONTENT-TYPE"]) == (201, {"id": 7}, "application/json")


@pytest.mark.usefixtures("loopback")
def test_user_and_password_of_the_url_are_sent_as_a_header(run: Runs) -> None:
    server = run()

    answer = http.call("GET", f"http://ada:p%40ss@127.0.0.1:{server.server_port}/")

    assert server.asked[0].headers["authorization"] == "Basic YWRhOnBAc3M="
    assert "ada" not in answer.url


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("naïve".encode(), "text/plain", "naïve"),
        ("naïve".encode("latin-1"), "text/plain; charset=latin-1", "naïve"),
        ("naïve".encode("latin-1"), 'text/plain; format=flowed; Charset="ISO-8859-1"', "naïve"),
        ("日本".encode("shift_jis"), "text/plain;charset=Shift_JIS", "日本"),
        (b"a\xff", "text/plain; charset=nonsense", "a\ufffd"),
        (b"a\xff", "text/plain; charset=", "a\ufffd"),
        (b"a..b\xff", "text/plain; charset=idna", "a..b\ufffd"),
        (b"a-\xff", "text/plain; charset=punycode", "a-\ufffd"),
        (b"a\xff", "text/plain; charset=undefined", "a\ufffd"),
        (b"a\xff", "text/plain; charset=base64", "a\ufffd"),
        (b"a\xff", "text/plain; charset=utf-8\0x", "a\ufffd"),
        (b"a\xff", "text/plain; charset*=utf-8\0x''latin-1", "a\ufffd"),
    ],
)
def test_a_text_is_read_in_its_charset(run: Runs, body: bytes, content_type: str, text: str) -> None:
    server = run(reply(200, body, content_type=content_type))

    answer = http.call("GET", server.url())

    assert answer.text == text
    with pytest.raises(http.BadAnswer, match="did not answer with JSON"):
        answer.json()


def deflate(text: bytes) -> bytes:
    """Compress without the header of zlib, as some servers do."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(text) + compressor.flush()


TEXT = bytes(each * 7919 % 251 for each in range(200_000))


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("text", [b"", b"hello", TEXT])
@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("X-GZip", gzip.compress), ("deflate", zlib.compress), ("deflate", deflate)],
)
def test_a_compressed_answer_is_decompressed(
    run: Runs, encoding: str, compress: Callable[[bytes], bytes], text: bytes
) -> None:
    server = run(reply(200, compress(text), content_encoding=encoding))

    assert http.call("GET", server.url()).body == text


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, deflate])
def test_a_compressed_answer_may_come_byte_by_byte(run: Runs, compress: Callable[[bytes], bytes]) -> None:
    def trickles(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip" if compress is gzip.compress else "deflate")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for byte in compress(b"hello"):
            handler.wfile.write(b"1\r\n%c\r\n" % byte)
        handler.wfile.write(b"0\r\n\r\n")

    server = run(trickles)

    assert http.call("GET", server.url()).body == b"hello"


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("sent", "body"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(gzip.compress(TEXT) + gzip.compress(b"more"), TEXT + b"more", id="two members"),
        pytest.param(gzip.compress(b"hello") + b"\0", b"hello", id="one byte of padding"),
        pytest.param(gzip.compress(b"hello") + b"\0" * 100, b"hello", id="much padding"),
    ],
)
def test_gzip_may_have_several_members_and_padding(run: Runs, sent: bytes, body: bytes) -> None:
    server = run(reply(200, sent, content_encoding="gzip"))

    assert http.call("GET", server.url()).body == body


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("kept", [1, 5, 1000, -1])
@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", deflate)]
)
def test_a_compressed_answer_that_breaks_off_is_not_complete(
    run: Runs, encoding: str, compress: Callable[[bytes], bytes], kept: int
) -> None:
    def breaks_off(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        handler.wfile.write(compress(TEXT)[:kept])

    server = run(breaks_off)

    with pytest.raises(http.Unreachable, match=r"^The connection to 127\.0\.0\.1 failed\.$"):
        http.call("POST", server.url())


@pytest.mark.usefixtures("loopback")
def test_an_error_status_is_raised_with_its_answer(run: Runs) -> None:
    server = run(reply(422, b'{"error": "no such team"}'))

    with pytest.raises(http.Declined) as declined:
        http.call("PUT", server.url(path="/token/s3cret"), json={})

    assert str(declined.value) == "127.0.0.1 answered 422 Unprocessable Entity."
    assert declined.value.answer.json() == {"error": "no such team"}
    assert not declined.value.temporary
    assert "s3cret" not in repr(declined.value) + repr(declined.value.answer)
    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "error",
    [
        reply(503, b"no gzip", content_encoding="gzip"),
        reply(503, gzip.compress(b"busy")[:-1], content_encoding="gzip"),
        reply(503, b"x" * 2_000_000),
    ],
)
def test_an_error_status_counts_although_its_text_cannot_be_read(run: Runs, error: Reply) -> None:
    server = run(error)

    with pytest.raises(http.Declined) as declined:
        http.call("POST", server.url())

    assert (declined.value.temporary, declined.value.answer.body) == (True, b"")


# Redirects -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("GET", 301, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 302, "PUT"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
    ],
)
def test_redirects_are_followed_as_browsers_do(run: Runs, method: http.Method, status: int, then: str) -> None:
    server = run(reply(status, location="../b?c=1"), reply(200))
    body = None if method in ("GET", "HEAD") else b"text"

    answer = http.call(method, server.url(path="/a/"), body=body)

    assert [asked.method for asked in server.asked] == [method, then]
    assert server.asked[1].path == "/b?c=1"
    assert server.asked[1].body == (b"text" if then in ("POST", "PUT") else b"")
    assert answer.url == server.url(path="/b?c=1")


@pytest.mark.usefixtures("loopback")
def test_a_post_that_has_moved_for_good_is_an_error_and_not_lost(run: Runs) -> None:
    server = run(reply(301, location="/new"), reply(200))

    with pytest.raises(http.BadAnswer, match="has moved"):
        http.call("POST", server.url(), json={})

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "//127.0.0.3/",
        "http://2130706434/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://ada:password@127.0.0.1/",
    ],
)
def test_a_redirect_is_checked_as_the_first_url_was(run: Runs, settings: Settings, location: str) -> None:
    settings.HTTP_ALLOWED_NETWORKS = ["127.0.0.1"]
    server = run(reply(302, location=location))

    with pytest.raises(http.Refused):
        http.call("GET", server.url())

    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("location", ["//[::1", "http://[]/secret", "//ex\u2100.com/secret", "http://[v1.x/secret"])
def test_a_redirect_to_no_url_is_refused(run: Runs, location: str) -> None:
    def redirects(handler: Handler) -> None:
        handler.wfile.write(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode())

    server = run(redirects)

    with pytest.raises(http.Refused) as refusal:
        http.call("GET", server.url())

    assert str(refusal.value).endswith(".")
    assert location not in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
def test_a_redirect_from_https_to_http_is_refused(run: Runs, authority: Authority) -> None:
    plain = run()
    server = run(reply(307, location=plain.url()), authority=authority)

    with pytest.raises(http.Refused, match="redirects from https to http"):
        http.call("POST", server.url(), json={"secret": 1}, tls=authority.trusted)

    assert plain.asked == []


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("redirects", "calls"), [(5, 6), (0, 1)])
def test_a_redirect_loop_ends(run: Runs, redirects: int, calls: int) -> None:
    server = run(reply(302, location="/again"))

    with pytest.raises(http.BadAnswer, match=f"more than {redirects} redirects"):
        http.call("GET", server.url(), limits=http.Limits(redirects=redirects))

    assert len(server.asked) == calls


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("there", "kept"), [("127.0.0.1", False), ("localhost", False), ("", True)])
def test_credentials_stay_with_their_origin(run: Runs, there: str, kept: bool) -> None:
    other = run()
    server = run(reply(307, location=other.url(there) if there else "/b"), reply(200))
    credentials = {"Authorization": "Bearer a", "Cookie": "b", "PRIVATE-TOKEN": "c", "X-Api-Key": "d"}

    http.call("POST", server.url(), json={}, headers={**credentials, "Accept": "text/x"}, idempotency_key="k1")

    asked = server.asked[-1] if kept else other.asked[0]
    assert {name.lower() for name in credentials} & asked.headers.keys() == (
        {name.lower() for name in credentials} if kept else set()
    )
    assert (asked.headers["accept"], asked.headers["idempotency-key"], asked.body) == ("text/x", "k1", b"{}")


@pytest.mark.usefixtures("loopback")
def test_the_password_of_a_url_stays_with_its_origin(run: Runs) -> None:
    other = run()
    server = run(reply(302, location=other.url()))

    http.call("GET", f"http://ada:password@127.0.0.1:{server.server_port}/")

    assert "authorization" in server.asked[0].headers
    assert "authorization" not in other.asked[0].headers


# Limits --------------------------------------------------------------------------------------------------------------


def dripping_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    slowly(handler, b"x")


def dripping_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    slowly(handler, b"1\r\nx\r\n")


def dripping_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    slowly(handler, b"x")


def dripping_redirect(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 302 Found\r\nX-Long: ")
    slowly(handler, b"x")


def endless_continues(handler: Handler) -> None:
    slowly(handler, b"HTTP/1.1 100 Continue\r\n\r\n")


def silence(handler: Handler) -> None:
    slowly(handler, b"")


def slowly(handler: Handler, piece: bytes) -> None:
    ends = monotonic() + 10
    while monotonic() < ends:
        handler.wfile.write(piece)
        sleep(0.05)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "drips", [dripping_body, dripping_chunks, dripping_headers, dripping_redirect, endless_continues]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_drips_ends_when_the_total_time_is_over(
    run: Runs, authority: Authority, drips: Reply, scheme: str
) -> None:
    server = run(drips, authority=authority if scheme == "https" else None)
    began = monotonic()

    with pytest.raises(http.TookTooLong, match=r"^127\.0\.0\.1 took longer than 0\.5 seconds\.$"):
        http.call("GET", server.url(), limits=http.Limits(total=0.5, read=5), tls=authority.trusted)

    assert monotonic() - began < 3


@pytest.mark.usefixtures("loopback")
def test_silence_ends_when_the_time_for_reading_is_over(run: Runs) -> None:
    server = run(silence)

    with pytest.raises(http.TookTooLong, match="did not answer in time") as error:
        http.call("POST", server.url(), limits=http.Limits(read=0.2))

    assert error.value.temporary
    assert len(server.asked) == 1


def test_a_name_that_is_never_found_ends_when_the_time_for_connecting_is_over() -> None:
    stuck = Event()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        stuck.wait(10)
        return []

    began = monotonic()
    with pytest.raises(http.TookTooLong, match=r"^Looking up the address of"):
        http.call("POST", f"https://{HOST}/", resolve=resolve, limits=http.Limits(connect=0.2))
    stuck.set()

    assert monotonic() - began < 3


def test_an_unknown_name_is_a_sentence() -> None:
    with pytest.raises(http.Unreachable, match=r"^There is no address for nowhere\.invalid\.$"):
        http.call("POST", "https://nowhere.invalid/")
    with pytest.raises(http.Unreachable, match=r"has no address\.$"):
        http.call("POST", f"https://{HOST}/", resolve=at())


def test_a_look_up_that_fails_in_any_way_is_a_sentence() -> None:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise ValueError("embedded null character")

    with pytest.raises(http.Unreachable, match=rf"^There is no address for {HOST}\.$"):
        http.call("POST", f"https://{HOST}/", resolve=resolve, limits=QUICK)


@pytest.mark.usefixtures("loopback")
def test_a_refused_connection_is_a_sentence(run: Runs) -> None:
    server = run()
    url = server.url()
    server.shutdown()
    server.server_close()

    with pytest.raises(http.Unreachable, match=r"^127\.0\.0\.1 refused the connection\.$"):
        http.call("POST", url)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.drip(b"x" * 65536)


def endless_line(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.drip(b"1" * 65536)


def endless_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    handler.drip(b"X: y\r\n" * 1000)


@cache
def packed_bomb() -> bytes:
    return gzip.compress(b"\0" * 64 * 1024 * 1024, compresslevel=1)


def bomb(handler: Handler) -> None:
    reply(200, packed_bomb(), content_encoding="gzip")(handler)


def bomb_in_a_bomb(handler: Handler) -> None:
    twice = gzip.compress(gzip.compress(b"\0" * 1024 * 1024))
    reply(200, twice, content_encoding="gzip, gzip")(handler)


def empty_members(handler: Handler) -> None:
    """It decompresses to nothing, however much is sent."""
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    handler.drip(gzip.compress(b"") * 3000)


def endless_chunk(handler: Handler) -> None:
    """`read(-1)` reads to the end of the connection."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"-1\r\n")
    handler.drip(b"x" * 65536)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "floods", [endless, endless_line, endless_chunk, endless_headers, bomb, bomb_in_a_bomb, empty_members]
)
def test_an_answer_without_end_is_not_kept(run: Runs, floods: Reply) -> None:
    server = run(floods)
    packed_bomb()  # The server runs in this process, and what it needs to make the bomb would be measured, too.
    tracemalloc.start()

    with pytest.raises(http.CallError):
        http.call("POST", server.url(), limits=http.Limits(size=100_000, total=1))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("floods", [endless, bomb])
def test_an_answer_that_is_too_large_is_a_sentence(run: Runs, floods: Reply) -> None:
    server = run(floods)

    with pytest.raises(http.BadAnswer, match=r"^The answer of 127\.0\.0\.1 is larger than 1,048,576 bytes\.$"):
        http.call("GET", server.url())

    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("size", [1000, 1001])
def test_the_limit_is_exact(run: Runs, size: int) -> None:
    server = run(reply(200, b"x" * size))

    if size == 1000:
        assert len(http.call("GET", server.url(), limits=http.Limits(size=1000)).body) == 1000
    else:
        with pytest.raises(http.BadAnswer):
            http.call("GET", server.url(), limits=http.Limits(size=1000))


def cut_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")


def not_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")


def chunk_of(size: str) -> Reply:
    """Send five bytes as a chunk that says to have this size, and end as all chunks do."""

    def send(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(size.encode() + b"\r\nhello\r\n0\r\n\r\n")

    return send


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("size", ["5", "005", "5;name=value", "5 ; name"])
def test_chunks_are_put_together(run: Runs, size: str) -> None:
    server = run(chunk_of(size))

    assert http.call("POST", server.url()).body == b"hello"


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("status", [200, 204])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_without_a_body_has_no_chunks(run: Runs, method: http.Method, status: int) -> None:
    def announces_chunks(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        if (method, status) == ("GET", 200):
            handler.wfile.write(b"0\r\n\r\n")

    server = run(announces_chunks)

    assert http.call(method, server.url()).body == b""


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "breaks",
    [cut_off, not_http, *(chunk_of(size) for size in ("-5", "-1", "+5", "0x5", "0_5", "", "five", "6f", "f" * 17))],
)
def test_a_broken_answer_is_none(run: Runs, breaks: Reply) -> None:
    server = run(breaks)

    with pytest.raises(http.Unreachable, match=r"^The connection to 127\.0\.0\.1 failed\.$"):
        http.call("POST", server.url())


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("status", [101, 102, 103])
def test_a_status_that_announces_another_is_no_answer(run: Runs, status: int) -> None:
    server = run(reply(status))

    with pytest.raises(http.BadAnswer, match=rf"^127\.0\.0\.1 answered {status} "):
        http.call("GET", server.url())


@pytest.mark.usefixtures("loopback")
def test_the_status_after_early_hints_counts(run: Runs) -> None:
    def hints(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        reply(201, b"done")(handler)

    server = run(hints)

    answer = http.call("GET", server.url())

    assert (answer.status, answer.body, "link" in answer.headers) == (201, b"done", False)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("encoding", "body"), [("gzip", b"no gzip"), ("br", b"x"), ("gzip, gzip", b"x")])
def test_an_answer_that_cannot_be_decompressed_is_a_bad_one(run: Runs, encoding: str, body: bytes) -> None:
    server = run(reply(200, body, content_encoding=encoding))

    with pytest.raises(http.BadAnswer):
        http.call("GET", server.url())


# Another attempt -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("fails", [reply(500), reply(503), cut_off])
def test_an_idempotent_call_is_repeated(run: Runs, method: http.Method, fails: Reply) -> None:
    server = run(fails, reply(200, b"done"))

    assert http.call(method, server.url()).body == b"done"
    assert len(server.asked) == 2


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("key", "calls"), [("", 1), ("k1", 3)])
def test_a_post_is_repeated_only_with_a_key(run: Runs, key: str, calls: int) -> None:
    server = run(reply(500))

    with pytest.raises(http.Declined, match="500") as error:
        http.call("POST", server.url(), json={"a": 1}, idempotency_key=key)

    assert error.value.temporary
    assert [asked.headers.get("idempotency-key", "") for asked in server.asked] == [key] * calls
    assert {asked.body for asked in server.asked} == {b'{"a": 1}'}


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("status", [400, 401, 404, 501])
def test_what_would_fail_again_is_not_repeated(run: Runs, status: int) -> None:
    server = run(reply(status))

    with pytest.raises(http.Declined):
        http.call("GET", server.url())

    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
def test_retry_after_is_obeyed(run: Runs) -> None:
    server = run(reply(429, retry_after="1"), reply(200))

    http.call("GET", server.url())

    first, second = server.asked
    assert second.at - first.at >= 1


@pytest.mark.usefixtures("loopback")
def test_a_retry_after_that_is_too_long_is_left_to_the_caller(run: Runs) -> None:
    server = run(reply(429, retry_after="3600"))

    with pytest.raises(http.Declined) as declined:
        http.call("GET", server.url())

    assert (declined.value.temporary, declined.value.answer.retry_after) == (True, 3600)
    assert len(server.asked) == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, 6 * 3600),
        ("9" * 5000, 6 * 3600),
    ],
)
def test_any_retry_after_is_read(run: Runs, sent: str, seconds: float | None) -> None:
    server = run(reply(503, retry_after=sent))

    with pytest.raises(http.Declined) as declined:
        http.call("POST", server.url())

    assert declined.value.answer.retry_after == seconds


# Transactions --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
@pytest.mark.django_db
def test_a_call_inside_a_transaction_is_a_mistake(run: Runs) -> None:
    server = run()

    with transaction.atomic(), pytest.raises(http.CalledInTransaction, match="background=True"):
        http.call("GET", server.url())

    assert server.asked == []
    assert http.call("GET", server.url()).status == 200  # in the transaction that only this test has


def test_a_mistake_of_the_caller_is_no_failure_of_the_call() -> None:
    assert not issubclass(http.CalledInTransaction, http.CallError)


def test_errors_are_named_in_the_tree_of_the_docstring() -> None:
    def below(error: type[Exception]) -> set[str]:
        return {error.__name__}.union(*(below(each) for each in error.__subclasses__()))

    assert all(name in (outcomes.__doc__ or "") for name in below(http.CallError))


def test_the_system_knows_this_machine() -> None:
    found: Any = http.system_resolver("localhost", 80)

    assert set(found) <= {"127.0.0.1", "::1"}
