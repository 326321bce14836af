#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the emulator starts and ends."""

import base64
import json
import signal
import socket
import time
import unittest

from support.cases import RELIABLE, WithEmulator, main
from support.process import KEY, Emulator, run
from support.websocket import Client


class CommandLine(unittest.TestCase):
    def test_help_explains_every_option(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for option in ("--host", "--port", "--access-key", "--tls-cert", "--tls-key", "--allow-anonymous",
                       "--hub-config", "--print-hub-config", "--threads", "--log frames", "--help"):
            self.assertRegex(result.stdout, rf"(?m)^  {option}\b.* \w")

    def test_wrong_options_are_named_and_end_with_2(self):
        for arguments, complaint in (
                (["--prot", "1"], "--prot"), (["--port"], "needs a value"), (["--port", "65536"], "65536"),
                (["--port=x"], "'x'"), (["--port", "-1"], "-1"), (["--access-key", "short"], "32"),
                (["--log", "all"], "'all'"), (["--host="], "--host"), (["surplus"], "surplus"),
                (["--tls-cert", "a.pem"], "--tls-key"), (["--allow-anonymous=yes"], "--allow-anonymous"),
                (["--hub-config", "/nonexistent.json"], "/nonexistent.json: No such file"),
                (["--hub-config", "/"], "can't read /: Is a directory"),
                (["--threads", "0"], "from 1 to 64"), (["--threads", "65"], "from 1 to 64"),
                (["--threads", "two"], "from 1 to 64"), (["--threads="], "--threads"),
                (["--threads", "2", "--node", "a"], "four hexadecimal digits"),
                (["--threads", "3", "--node", "fffe"], "no 3 places from --node fffe on"),
                (["--threads", "1", "--node", "0000"], "--node needs"),
                (["--threads", "2", "--redis", "127.0.0.1:1"], "a broker needs --node"),
                (["--tls-cert", "/nonexistent.pem", "--tls-key", "/nonexistent.pem"], "/nonexistent.pem")):
            with self.subTest(arguments):
                result = run(*arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertRegex(result.stderr, r"^webpubsub-emulator: .*\n$")
                self.assertIn(complaint, result.stderr)

    def test_a_port_in_use_is_named_and_ends_with_1(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            result = run("--port", port)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(f"127.0.0.1:{port}: Address already in use", result.stderr)


class Start(WithEmulator):
    def test_three_lines_say_how_to_reach_it(self):
        origin = f"http://127.0.0.1:{self.emulator.port}"
        self.assertEqual(self.emulator.lines[:2], [
            f"listening on {origin}", f"connection string: Endpoint={origin};AccessKey={KEY};Version=1.0;"])
        self.assertRegex(self.emulator.lines[2],
                         rf"^client url: ws://127.0.0.1:{self.emulator.port}/client/hubs/chat\?access_token=\S+$")
        payload = self.emulator.url.split(".")[-2]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.assertEqual(claims["role"], ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"])
        self.assertAlmostEqual(claims["exp"], time.time() + 3600, delta=60)

    def test_it_ends_at_a_signal_and_says_goodbye(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            emulator = Emulator()
            with Client(emulator) as simple, Client(emulator, subprotocol=RELIABLE) as client, \
                    socket.create_connection(("127.0.0.1", emulator.port)):
                client.receive()
                emulator.signal(number)
                self.assertEqual(client.receive_json()["event"], "disconnected")
                self.assertEqual(client.wait_for_end()[0], 1001)
                self.assertEqual(simple.wait_for_end()[0], 1001)
                self.assertEqual(emulator.stop(), (0, ""))

    def test_clients_that_are_just_connecting_do_not_disturb_its_end(self):
        upgrade = ("GET /client/hubs/chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
        emulator = Emulator("--allow-anonymous")
        # When it goes on it finds the signal among the clients and their requests.
        emulator.signal(signal.SIGSTOP)
        clients = []
        for number in range(100):
            clients.append(socket.create_connection(("127.0.0.1", emulator.port)))
            clients[-1].sendall(upgrade)
            if number == 50:
                emulator.signal(signal.SIGTERM)
        emulator.signal(signal.SIGCONT)
        self.assertEqual(emulator.stop(), (0, ""))
        for client in clients:
            client.close()

    def test_peers_that_do_not_answer_do_not_keep_it(self):
        emulator = Emulator()
        with Client(emulator):
            self.assertEqual(emulator.stop(), (0, ""))


if __name__ == "__main__":
    main()
