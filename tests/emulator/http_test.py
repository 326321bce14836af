#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whom the emulator lets in."""

import select
import socket
import time

from support.cases import JSON, WithEmulator, main
from support.process import PATIENCE
from support.websocket import Client, frame, http


class Http(WithEmulator):
    def test_what_is_not_an_upgrade_of_a_client_is_refused(self):
        target = self.emulator.target()
        for expected, request in (
                (400, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"),
                (400, "GET /client/?hub=chat HTTP/1.1\r\nHost: x\r\n\r\n"),
                (404, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                (404, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                (405, "PATCH /client/hubs/chat HTTP/1.1\r\nHost: x\r\n\r\n"),
                (400, "what is this?\r\n\r\n"),
                (400, "GET / HTTP/1.1\r\n\r\n"),
                (501, "POST /api/hubs/chat/:send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
                (426, f"GET {target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                      "Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 12\r\n\r\n"),
                (400, f"GET {target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\n\r\n"),
                (431, "GET / HTTP/1.1\r\nHost: " + "x" * 100_000 + "\r\n\r\n"),
                (400, f"GET {target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n")):
            with self.subTest(request[:60]):
                status, headers, body = http(self.emulator, request)
                self.assertEqual(status, expected)
                self.assertRegex(headers["content-type"], "^text/plain")
                self.assertNotEqual(body, "")

    def test_clients_without_a_good_token_are_refused(self):
        good = self.emulator.target()
        self.assertEqual(self.refusal("/client/hubs/chat"), 401)
        self.assertEqual(self.refusal("/client/hubs/chat?access_token=junk"), 401)
        self.assertEqual(self.refusal(good[:-2] + "xx"), 401)
        self.assertEqual(self.refusal(good.replace("hubs/chat", "hubs/other")), 401)
        self.assertEqual(self.refusal(self.emulator.target(exp=1)), 401)
        self.assertEqual(self.refusal(self.emulator.target("1")), 400)
        self.assertEqual(self.refusal(self.emulator.target(**{"webpubsub.group": " "})), 400)
        self.assertEqual(self.refusal("/clients/mqtt/hubs/chat"), 404)
        self.assertEqual(self.refusal(good + "&webpubsub_mode=sendToGroup"), 400)
        self.assertEqual(self.refusal(good, subprotocol="not a list"), 400)
        self.assertEqual(self.refusal(good, early=frame(b"too early")), 400)

    def test_a_token_may_come_in_the_header_and_name_any_name_of_this_machine(self):
        token = self.emulator.target(aud=f"http://localhost:{self.emulator.port}/client/hubs/chat").split("=")[1]
        self.connect_json(target="/client/?hub=chat", headers=[f"Authorization: Bearer {token}"])

    def test_connections_that_are_silent_or_slow_are_given_up_and_hold_up_nobody(self):
        silent = socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE)
        slow = socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE)
        with silent, slow:
            slow.sendall(b"GET /client/hubs/chat HTTP/1.1\r\n")
            self.connect_json()
            self.assertEqual(select.select([silent, slow], [], [], 0)[0], [])
            self.assertEqual(silent.recv(1), b"")
            self.assertEqual(slow.recv(1), b"")

    def test_many_connections_that_come_and_go_leave_nothing(self):
        self.connect_json()
        before = self.emulator.descriptors()
        for _ in range(300):
            socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE).close()
        for _ in range(100):
            with Client(self.emulator, subprotocol=JSON):
                pass
        deadline = time.monotonic() + PATIENCE
        while self.emulator.descriptors() > before and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.emulator.descriptors(), before)
        self.connect_json()


class Anonymous(WithEmulator):
    options = ("--allow-anonymous",)

    def test_clients_without_a_token_are_let_in_and_may_do_nothing_else(self):
        client = self.connect_json(target="/client/hubs/chat")
        self.assertEqual(client.ask({"type": "joinGroup", "ackId": 1, "group": "g"})["error"]["name"], "Forbidden")
        self.assertEqual(self.refusal("/client/hubs/chat?access_token=junk"), 401)


class FewHubs(WithEmulator):
    options = ("--allow-anonymous",)
    hub_config = {"maxUnlistedHubs": 3, "hubs": {"listed": {}}}

    def test_there_is_a_limit_to_the_hubs(self):
        for number in range(3):
            with Client(self.emulator, f"/client/hubs/h{number}"):
                pass
        self.assertEqual(self.refusal("/client/hubs/h3"), 503)
        self.connect(target="/client/hubs/h2")
        self.connect(target="/client/hubs/listed")


if __name__ == "__main__":
    main()
