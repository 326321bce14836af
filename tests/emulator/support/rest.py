# SPDX-License-Identifier: MIT
"""The REST API of the emulator, called over one connection that is kept."""

import base64
import hashlib
import hmac
import http.client
import json
import time
import urllib.parse

from .process import KEY, PATIENCE


def segment(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(audience, key=KEY, header=None, **claims):
    header = header or {"alg": "HS256", "typ": "JWT"}
    claims = {"aud": audience, "exp": int(time.time()) + 60, **claims}
    signed = segment(json.dumps(header).encode()) + "." + segment(json.dumps(claims).encode())
    return signed + "." + segment(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.headers.get("x-ms-error-code")


class Caller:
    def __init__(self, emulator, hub="chat"):
        self.origin, self.base = emulator.origin, f"/api/hubs/{hub}"
        self.connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=PATIENCE)

    def close(self):
        self.connection.close()

    def call(self, method, path, body=None, headers=None, authorization=None, **query):
        """`path` begins behind the hub, or with /api."""
        self.ask(method, path, body, headers, authorization, **query)
        return Answer(self.connection.getresponse())

    def ask(self, method, path, body=None, headers=None, authorization=None, **query):
        """The same without an answer."""
        target = path if path.startswith("/api") else self.base + path
        if query:
            target += "?" + urllib.parse.urlencode(query, doseq=True, quote_via=urllib.parse.quote)
        headers = dict(headers or {})
        if authorization is None:
            authorization = "Bearer " + token(self.origin + target)
        if authorization:
            headers["Authorization"] = authorization
        self.connection.request(method, target, body, headers)

    def send(self, path, body, content_type="text/plain", **query):
        return self.call("POST", path + "/:send", body, {"Content-Type": content_type}, **query)
