#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The emulator on https and wss."""

import shutil
import socket
import ssl
import tempfile
import threading
import unittest

from support.cases import INVALID_JSON, JSON, check_messages_of_every_size, main
from support.certificate import make_certificate
from support.process import PATIENCE, Emulator
from support.websocket import BINARY, Client, Refused, frame


@unittest.skipUnless(shutil.which("openssl"), "SKIPPED: there is no openssl to make a certificate with")
class Tls(unittest.TestCase):
    def test_clients_and_urls_are_those_of_https(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = make_certificate(folder)
            emulator = Emulator("--tls-cert", certificate, "--tls-key", key)
            try:
                self.check(emulator, ssl.create_default_context(cafile=certificate))
            finally:
                ended = emulator.stop()
            self.assertEqual(ended, (0, ""))

    def check(self, emulator, tls):
        self.assertEqual(emulator.lines[0], f"listening on https://127.0.0.1:{emulator.port}")
        self.assertTrue(emulator.url.startswith(f"wss://127.0.0.1:{emulator.port}/client/hubs/chat?access_token="))
        with Client(emulator, tls=tls) as simple:
            for payload in (b"hello", b"x" * (1 << 20)):
                simple.send(payload, BINARY)
                self.assertEqual(simple.receive(), (BINARY, payload))
        with self.assertRaises(Refused) as refused:
            Client(emulator, "/client/hubs/chat", tls=tls)
        self.assertEqual(refused.exception.status, 401)
        with Client(emulator, subprotocol=JSON, tls=tls) as client:
            self.assertEqual(client.receive_json()["event"], "connected")
            client.send(b"\xff")
            self.assertEqual(client.wait_for_end(), (1007, INVALID_JSON))
        with socket.create_connection(("127.0.0.1", emulator.port), PATIENCE) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while plain.recv(1000):
                pass
        self.burst(emulator, tls)

    def burst(self, emulator, tls):
        claims = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}
        message = frame(b'{"type":"sendToGroup","group":"g","dataType":"text","data":"x","noEcho":true}')
        with Client(emulator, emulator.target(**claims), JSON, tls=tls) as member, \
                Client(emulator, emulator.target(role="webpubsub.sendToGroup"), JSON, tls=tls) as sender:
            for client in (member, sender):
                self.assertEqual(client.receive_json()["event"], "connected")
            thread = threading.Thread(target=sender.socket.sendall, args=(message * 4000,))
            thread.start()
            for _ in range(4000):
                self.assertEqual(member.receive_json()["data"], "x")
            thread.join()
            check_messages_of_every_size(self, sender, member)


if __name__ == "__main__":
    main()
