#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What becomes of messages."""

import struct

from support.cases import RELIABLE, WithEmulator, main
from support.websocket import BINARY, CLOSE, PING, PONG, TEXT, Closed, frame


class Messages(WithEmulator):
    def test_a_simple_client_gets_back_what_it_sends(self):
        client = self.connect()
        self.assertNotIn("sec-websocket-protocol", client.headers)
        for opcode, payload in ((TEXT, "h\u00e4llo".encode()), (BINARY, b"\x00\xff"), (TEXT, b""),
                                (TEXT, b"x" * 70_000), (BINARY, b"\x00" * (1 << 20))):
            client.send(payload, opcode)
            self.assertEqual(client.receive(), (opcode, payload))

    def test_an_unknown_subprotocol_makes_a_simple_client(self):
        client = self.connect("protobuf.unknown, own")
        self.assertNotIn("sec-websocket-protocol", client.headers)

    def test_a_json_client_joins_and_gets_what_the_group_gets(self):
        client = self.connect_json("own, JSON.webpubsub.azure.v1")
        self.assertEqual(client.headers["sec-websocket-protocol"], "JSON.webpubsub.azure.v1")
        self.assertEqual(client.ask({"type": "joinGroup", "ackId": 1, "group": "group1"}),
                         {"type": "ack", "ackId": 1, "success": True})
        other = self.connect_json(target=self.emulator.target(sub="user1", role="webpubsub.sendToGroup.group1"))
        self.assertEqual(other.hello["userId"], "user1")
        self.assertTrue(other.ask({"type": "sendToGroup", "ackId": 1, "group": "group1", "data": {"a": 1}})["success"])
        self.assertEqual(client.receive_json(), {"type": "message", "from": "group", "group": "group1",
                                                 "fromUserId": "user1", "dataType": "json", "data": {"a": 1}})
        self.assertEqual(other.ask({"type": "joinGroup", "ackId": 2, "group": "group1"})["error"]["name"], "Forbidden")
        self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})

    def test_the_events_echo_and_message_are_answered_and_others_succeed(self):
        client = self.connect_json()
        for ack_id, name in enumerate(("echo", "message")):
            answer = client.ask({"type": "event", "event": name, "ackId": ack_id, "dataType": "text", "data": name})
            self.assertEqual(answer, {"type": "message", "from": "server", "dataType": "text", "data": name})
            self.assertEqual(client.receive_json(), {"type": "ack", "ackId": ack_id, "success": True})
        self.assertEqual(client.ask({"type": "event", "event": "other", "ackId": 9, "dataType": "text", "data": ""}),
                         {"type": "ack", "ackId": 9, "success": True})

    def test_fragments_are_put_together_and_pings_answered_between_them(self):
        client = self.connect()
        client.send("one ", TEXT, final=False)
        client.send("hey", PING)
        self.assertEqual(client.receive(), (PONG, b"hey"))
        client.send("message", 0)
        self.assertEqual(client.receive(), (TEXT, b"one message"))

    def test_what_was_asked_before_a_ping_is_answered_before_it(self):
        client = self.connect_json()
        client.socket.sendall((frame(b'{"type":"ping"}') * 3 + frame(b"hey", PING)) * 10)
        for _ in range(10):
            self.assertEqual([client.receive() for _ in range(4)], [(TEXT, b'{"type":"pong"}')] * 3 + [(PONG, b"hey")])

    def test_a_client_that_closes_is_answered_with_its_own_code(self):
        # 1014 is registered, although RFC 6455 does not know it.
        for code in (4000, 1013, 1014):
            for parts in (1, 100):
                client = self.connect_json()
                bytes_sent = frame(b'{"type":"ping"}') + frame(struct.pack(">H", code) + b"bye", CLOSE)
                size = -(-len(bytes_sent) // parts)
                for first in range(0, len(bytes_sent), size):
                    client.socket.sendall(bytes_sent[first:first + size])
                with self.assertRaises(Closed) as closed:
                    self.assertEqual(client.receive_json(), {"type": "pong"})
                    client.receive()
                self.assertEqual(closed.exception.code, code)
                self.assertEqual(client.input.read(), b"")

    def test_hubs_are_separate_and_do_not_mind_case(self):
        groups = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}
        one, same, other = (self.connect_json(target=self.emulator.target(hub, **groups))
                            for hub in ("One", "oNE", "two"))
        one.send({"type": "sendToGroup", "group": "g", "dataType": "text", "data": "hi", "noEcho": True})
        self.assertEqual(same.receive_json()["data"], "hi")
        self.assertEqual(other.ask({"type": "ping"}), {"type": "pong"})

    def test_a_cut_connection_is_recovered_with_what_it_missed(self):
        claims = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}
        cut = self.connect_json(RELIABLE, target=self.emulator.target(**claims))
        cut.close()
        sender = self.connect_json(target=self.emulator.target(role="webpubsub.sendToGroup"))
        for number in range(3):
            sender.ask({"type": "sendToGroup", "group": "g", "data": number, "ackId": number})
        back = self.connect_json(RELIABLE, target=self.recovery(cut.hello))
        self.assertEqual(back.hello["connectionId"], cut.hello["connectionId"])
        replayed = [back.receive_json() for _ in range(3)]
        self.assertEqual([(m["sequenceId"], m["data"]) for m in replayed], [(1, 0), (2, 1), (3, 2)])
        for target in (self.recovery({**cut.hello, "reconnectionToken": "wrong"}),
                       self.recovery({"connectionId": "none", "reconnectionToken": "none"}, "nosuchhub")):
            self.assertEqual(self.connect(RELIABLE, target=target).wait_for_end(),
                             (1008, "The connection could not be recovered."))

    def test_a_simple_client_can_publish_to_a_group(self):
        member = self.connect_json(target=self.emulator.target(**{"webpubsub.group": ["g"]}))
        mode = "&webpubsub_mode=sendToGroup&group=g"
        publisher = self.connect(target=self.emulator.target(role="webpubsub.sendToGroup.g") + mode)
        publisher.send("hi")
        self.assertEqual(member.receive_json()["data"], "hi")
        self.assertEqual(self.connect(target=self.emulator.target() + mode).wait_for_end()[0], 1008)


if __name__ == "__main__":
    main()
