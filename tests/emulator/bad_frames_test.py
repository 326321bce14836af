#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How frames that can't be taken end a connection."""

import json
import struct

from support.cases import INVALID_JSON, RELIABLE, WithEmulator, main
from support.websocket import BINARY, CLOSE, PING, Closed, frame


class BadFrames(WithEmulator):
    def check_close(self, client, code, reason):
        self.assertEqual(client.wait_for_end(), (code, reason))

    def test_a_binary_frame_of_a_json_client_closes_with_1003(self):
        client = self.connect_json()
        client.send(b"{}", BINARY)
        self.check_close(client, 1003, "The JSON subprotocol requires text messages.")

    def test_what_is_no_message_closes_with_1007(self):
        for text in ("garbage", "[]", '{"type":"joinGroup"}', '{"type":"nothing"}'):
            client = self.connect_json()
            client.send(text)
            self.check_close(client, 1007, INVALID_JSON)

    def test_text_that_is_not_utf8_closes_with_1007(self):
        for payload in (b"\xff", b'{"type":"ping","a":"\xc3\x28"}', b"\xe2\x82", b"\xed\xa0\x80"):
            client = self.connect_json()
            client.send(payload)
            self.check_close(client, 1007, INVALID_JSON)
        client = self.connect()
        client.send(b"\xff")
        self.check_close(client, 1007, "The client message is not valid UTF-8.")

    def test_a_message_that_is_too_long_closes_with_1009(self):
        too_large = "The client message is too large."
        for size in ((1 << 20) + 1, 3 << 20):
            client = self.connect_json()
            client.send(b" " * size)
            self.check_close(client, 1009, too_large)
        client = self.connect()
        for number in range(5):
            client.send(b" " * (1 << 18), BINARY if number == 0 else 0, final=False)
        self.check_close(client, 1009, too_large)
        client = self.connect()
        client.socket.sendall(struct.pack(">BBQ", 0x82, 255, 1 << 40) + b"\0\0\0\0" + b"x" * ((1 << 20) + 1))
        with self.assertRaises(Closed) as closed:
            client.receive()
        self.assertEqual((closed.exception.code, closed.exception.reason), (1009, too_large))
        self.assertEqual(client.input.read(), b"")

    def test_a_frame_that_breaks_websocket_closes_with_1002(self):
        for options in ({"masked": False}, {"reserved": 4}, {"opcode": 3}, {"opcode": 0},
                        {"opcode": PING, "final": False}, {"opcode": CLOSE, "payload": b"\x03\xed"},
                        {"opcode": PING, "payload": b"x" * 126}):
            with self.subTest(options):
                client = self.connect_json()
                client.send(**{"payload": b"{}", **options})
                self.check_close(client, 1002, "The client frame is invalid.")

    def test_a_bad_frame_behind_others_ends_the_connection_for_good(self):
        client = self.connect_json(RELIABLE)
        client.socket.sendall(frame(b'{"type":"ping"}') * 50 + frame(b"{}", reserved=4))
        self.assertEqual(client.wait_for_end()[0], 1002)
        self.assertEqual(self.connect(RELIABLE, target=self.recovery(client.hello)).wait_for_end()[0], 1008)

    def test_what_was_asked_before_a_frame_that_breaks_websocket_is_answered(self):
        client = self.connect_json()
        client.socket.sendall(b"".join(frame(json.dumps({"type": "joinGroup", "group": "g", "ackId": n}).encode())
                                       for n in range(50)) + frame(b"{}", reserved=4))
        self.assertEqual([client.receive_json()["ackId"] for _ in range(50)], list(range(50)))
        self.check_close(client, 1002, "The client frame is invalid.")

    def test_what_was_asked_before_a_bad_message_is_answered(self):
        client = self.connect_json()
        client.socket.sendall(b"".join(frame(json.dumps({"type": "joinGroup", "group": "g", "ackId": n}).encode())
                                       for n in range(50)) + frame(b"garbage"))
        self.assertEqual([client.receive_json()["ackId"] for _ in range(50)], list(range(50)))
        self.check_close(client, 1007, INVALID_JSON)


if __name__ == "__main__":
    main()
