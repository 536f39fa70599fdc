"""A key that signs id_tokens (RS256), made when it is first needed and forgotten with the process."""

from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.workspace import Json

_ID = "sandbox"
_ALGORITHM = "RS256"
_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: rsa.RSAPrivateKey

    def public_shape(self) -> Json:
        """Return the key for `/openid/connect/keys`."""
        numbers = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "RSA", "use": "sig", "alg": _ALGORITHM, "kid": _ID, "n": numbers["n"], "e": numbers["e"]}

    def token(self, claims: Json) -> str:
        """Return a signed JSON web token."""
        return jwt.encode(claims, self.private, algorithm=_ALGORITHM, headers={"kid": _ID})


def new_key(bits: int = 2048) -> SigningKey:
    """Make a key. It takes a moment, in which the caller's thread does nothing else."""
    return SigningKey(rsa.generate_private_key(public_exponent=_EXPONENT, key_size=bits))
