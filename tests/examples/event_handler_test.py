#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example event_handler, asked over HTTP as the service asks.

usage: event_handler_test.py EVENT_HANDLER [TEST]...
"""

import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import unittest

HANDLER = None
KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
STRING = f"Endpoint=http://127.0.0.1;AccessKey={KEY};Version=1.0;"


def signature(connection, key=KEY):
    return "sha256=" + hmac.new(key.encode(), connection.encode(), hashlib.sha256).hexdigest()


class Events(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen([HANDLER, "0", STRING, "chat"], stdout=subprocess.PIPE, text=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", int(self.process.stdout.readline()), timeout=20)

    def tearDown(self):
        self.connection.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, method, headers, body=b""):
        self.connection.request(method, "/eventhandler", body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def tell(self, type_, body, content_type="application/json", **others):
        headers = {"ce-type": "azure.webpubsub." + type_, "ce-hub": "Chat", "ce-connectionId": "c1", "ce-id": "1",
                   "ce-signature": signature("c1"), "WebHook-Request-Origin": "localhost", "Content-Type": content_type}
        headers.update({name.replace("_", "-"): value for name, value in others.items()})
        return self.ask("POST", headers, body)

    def test_it_says_that_a_service_may_send_events(self):
        answer, _ = self.ask("OPTIONS", {"WebHook-Request-Origin": "localhost", "ce-awpsversion": "1.0"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.getheader("WebHook-Allowed-Origin"), "*")

    def test_it_lets_clients_in_over_one_connection(self):
        for claims, status, user in ((b'{"sub":["u"]}', 204, None), (b"{}", 200, "guest")):
            answer, body = self.tell("sys.connect", b'{"claims":' + claims + b',"subprotocols":[]}')
            self.assertEqual(answer.status, status)
            self.assertEqual(json.loads(body)["userId"] if body else None, user)
        answer, body = self.tell("sys.connected", b"{}")
        self.assertEqual((answer.status, body), (200, b""))
        answer, body = self.tell("sys.disconnected", b'{"reason":""}')
        self.assertEqual((answer.status, body), (200, b""))
        told = [self.process.stdout.readline().strip() for _ in range(4)]
        self.assertEqual(told, ["connect of c1"] * 2 + ["connected of c1", "disconnected of c1"])

    def test_it_answers_events_with_what_they_carry(self):
        for kind, body in (("text/plain; charset=utf-8", "gr\u00fc\u00df".encode()), ("application/json", b'{"a":[1]}'),
                           ("application/octet-stream", bytes(range(256)) * 4096)):
            answer, got = self.tell("user.echo", body, kind, x_webpubsub_metadata_trace="7")
            self.assertEqual((answer.status, got), (200, body))
            self.assertEqual(answer.getheader("Content-Type").split(";")[0], kind.split(";")[0])
            self.assertEqual(answer.getheader("X-WebPubSub-Metadata-trace"), "7")
        answer, _ = self.tell("user.fail", b"x", "text/plain")
        self.assertEqual(answer.status, 400)

    def test_it_takes_nothing_from_others(self):
        forged = signature("c1", "another key, which is long enough")
        self.assertEqual(self.tell("user.echo", b"x", "text/plain", ce_signature=forged)[0].status, 401)
        self.assertEqual(self.tell("user.echo", b"x", "text/plain", ce_signature="")[0].status, 401)
        self.assertEqual(self.tell("user.echo", b"x", "text/plain", ce_connectionId="c2")[0].status, 401)
        self.assertEqual(self.tell("user.echo", b"x", "text/plain", ce_hub="other")[0].status, 404)
        self.assertEqual(self.ask("GET", {})[0].status, 405)
        self.assertEqual(self.process.poll(), None)


if __name__ == "__main__":
    HANDLER = sys.argv.pop(1)
    unittest.main()
