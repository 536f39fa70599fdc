"""A key that signs id_tokens (RS256), made when it is first needed and forgotten with the process."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass

from sandbox.workspace import Json

_EXPONENT = 65537
# For random numbers of this size FIPS 186-5 asks for five.
_ROUNDS = 6
_SMALL_PRIMES = tuple(n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
# The DER of "this is a SHA-256 digest", which RFC 8017 puts before it.
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, slots=True)
class SigningKey:
    modulus: int
    private_exponent: int
    bits: int = 2048

    def public_shape(self) -> Json:
        """Return the key for `/openid/connect/keys`."""
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": "sandbox",
            "n": _url64(self.modulus.to_bytes(self.bits // 8)),
            "e": _url64(_EXPONENT.to_bytes(3)),
        }

    def token(self, claims: Json) -> str:
        """Return a signed JSON web token."""
        header = {"alg": "RS256", "typ": "JWT", "kid": "sandbox"}
        text = f"{_url64(json.dumps(header).encode())}.{_url64(json.dumps(claims).encode())}"
        return f"{text}.{_url64(self._signature(text.encode()))}"

    def _signature(self, text: bytes) -> bytes:
        digest = _SHA256_PREFIX + hashlib.sha256(text).digest()
        size = self.bits // 8
        padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        return pow(int.from_bytes(padded), self.private_exponent, self.modulus).to_bytes(size)


def new_key(bits: int = 2048) -> SigningKey:
    """Make a key. It takes about a second."""
    while True:
        p, q = _prime(bits // 2), _prime(bits // 2)
        phi = (p - 1) * (q - 1)
        if p != q and (p * q).bit_length() == bits and phi % _EXPONENT:
            return SigningKey(p * q, pow(_EXPONENT, -1, phi), bits)


def _prime(bits: int) -> int:
    while True:
        candidate = secrets.randbits(bits) | (0b11 << (bits - 2)) | 1
        if all(candidate % small for small in _SMALL_PRIMES) and _is_prime(candidate):
            return candidate


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test."""
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> twos
    for _ in range(_ROUNDS):
        power = pow(secrets.randbelow(number - 3) + 2, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = pow(power, 2, number)
            if power == number - 1:
                break
        else:
            return False
    return True


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
