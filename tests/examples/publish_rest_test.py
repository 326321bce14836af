#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example publish_rest against the emulator, over TCP and over TLS.

usage: publish_rest_test.py PUBLISH_REST EMULATOR [TEST]...
"""

import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "emulator"))
from support import process
from support.cases import JSON
from support.certificate import make_certificate
from support.process import Emulator
from support.websocket import Client

PUBLISH = None


def publish(*arguments, **environment):
    return subprocess.run([PUBLISH, *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})


class Publishing(unittest.TestCase):
    def start(self, *options):
        emulator = Emulator(*options)
        self.addCleanup(lambda: self.assertEqual(emulator.stop(), (0, "")))
        self.string = emulator.lines[1].split(": ", 1)[1]
        return emulator

    def member(self, emulator, **rest):
        client = Client(emulator, emulator.target(**{"webpubsub.group": "a b"}), JSON, **rest)
        self.addCleanup(client.close)
        self.assertEqual(client.receive_json()["event"], "connected")
        return client

    def test_a_member_gets_what_is_published(self):
        client = self.member(self.start())
        done = publish("--connection-string", self.string, "chat", "a b", "h\u00e4?")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        message = client.receive_json()
        self.assertEqual((message["group"], message["data"]), ("a b", "h\u00e4?"))
        done = publish("chat", "a b", "2", WEBPUBSUB_CONNECTION_STRING=self.string)
        self.assertEqual((done.returncode, client.receive_json()["data"]), (0, "2"))

    @unittest.skipUnless(shutil.which("openssl"), "SKIPPED: there is no openssl to make a certificate with")
    def test_it_verifies_the_certificate_of_https(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = make_certificate(folder)
            emulator = self.start("--tls-cert", certificate, "--tls-key", key)
            client = self.member(emulator, tls=ssl.create_default_context(cafile=certificate))
            string = self.string.replace("127.0.0.1", "localhost")
            done = publish("--connection-string", string, "chat", "a b", "x")
            self.assertEqual(done.returncode, 1)
            self.assertIn("certificate", done.stderr)
            done = publish("--connection-string", string, "chat", "a b", "x", SSL_CERT_FILE=certificate)
            self.assertEqual((done.returncode, done.stderr, client.receive_json()["data"]), (0, "", "x"))

    def test_what_goes_wrong_is_told(self):
        self.start()
        other = self.string.replace("ABCDEF", "FEDCBA")
        for arguments, status, words in ((("chat", "g"), 2, "usage"), (("--connection-string", "x", "c", "g", "t"), 1, ""),
                                         (("--connection-string", other, "chat", "g", "t"), 1, "401"),
                                         (("--connection-string", "Endpoint=http://127.0.0.1:1;AccessKey=" + "k" * 32,
                                           "chat", "g", "t"), 1, "refused")):
            done = publish(*arguments)
            self.assertEqual((done.returncode, done.stdout), (status, ""))
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    PUBLISH, process.program = sys.argv.pop(1), sys.argv.pop(1)
    result = unittest.main(verbosity=2, exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
