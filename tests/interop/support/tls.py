# SPDX-License-Identifier: MIT
"""A certificate of this machine, and what stands for Microsoft Entra ID."""

import json
import os
import subprocess
import time

import jwt
from azure.core.credentials import AccessToken
from cryptography.hazmat.primitives.asymmetric import rsa


def self_signed(folder):
    """The files of a certificate that nobody else has signed, and of its key."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", key, "-out", cert],
        check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return cert, key


class TokenIssuer:
    """A key, and credentials as the official libraries take them. The key's public half is in the file `jwks`."""

    def __init__(self, folder):
        self._key = rsa.generate_private_key(65537, 2048)
        self.jwks = os.path.join(folder, "jwks.json")
        self.scopes = set()
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        with open(self.jwks, "w", encoding="utf-8") as file:
            json.dump({"keys": [{**public, "kid": "one"}]}, file)

    def _token(self, scopes):
        self.scopes.update(scopes)
        expiry = int(time.time()) + 3600
        claims = {"aud": "https://webpubsub.azure.com", "exp": expiry}
        return AccessToken(jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "one"}), expiry)

    def credential(self, is_awaited):
        issuer = self

        class Credential:
            def get_token(self, *scopes, **_):
                return issuer._token(scopes)

        class AwaitedCredential:
            async def get_token(self, *scopes, **_):
                return issuer._token(scopes)

        return AwaitedCredential() if is_awaited else Credential()
