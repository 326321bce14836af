#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients that are too fast, and clients that are too slow."""

import contextlib
import json
import socket
import threading
import time

from support.cases import JSON, RELIABLE, WithEmulator, check_messages_of_every_size, main
from support.process import PATIENCE, SANITIZED
from support.websocket import Closed, frame

SIZE = 32_000
LARGE = frame(json.dumps({"type": "sendToGroup", "group": "g", "dataType": "text", "data": "x" * SIZE}).encode())
PING_MESSAGE = frame(b'{"type":"ping"}')
QUEUE_FULL = (1008, "The outbound message queue is full.")


class Load(WithEmulator):
    hub_config = {"hubs": {"small": {"limits": {"outboundQueue": {"messages": 20}, "replayBuffer": {"messages": 20}}}}}

    def member(self, hub="chat", subprotocol=JSON, **rest):
        target = self.emulator.target(hub, **{"webpubsub.group": ["g"]})
        return self.connect_json(subprotocol, target=target, **rest)

    def sender(self, hub="chat"):
        return self.connect_json(target=self.emulator.target(hub, role="webpubsub.sendToGroup"))

    def send_all(self, senders, data):
        """In threads of their own."""
        def send(sender):
            with contextlib.suppress(ConnectionError):
                sender.socket.sendall(data)

        threads = [threading.Thread(target=send, args=(sender,)) for sender in senders]
        for thread in threads:
            thread.start()
            self.addCleanup(thread.join)
        return threads

    def test_members_that_never_read_are_dropped_and_nobody_waits_long_for_them(self):
        member, sender = self.member(), self.sender()
        connected = self.emulator.descriptors()
        silent = [self.member(receive_buffer=4096), self.member(subprotocol=RELIABLE, receive_buffer=4096),
                  self.connect(target=self.emulator.target(**{"webpubsub.group": ["g"]}), receive_buffer=4096)]
        before, peak, slowest = self.emulator.memory(), 0, 0
        count = 1500
        for _ in range(0, count, 50):
            started = time.monotonic()
            self.send_all([sender], LARGE * 50)
            for _ in range(50):
                self.assertEqual(len(member.receive_json()["data"]), SIZE)
            slowest = max(slowest, time.monotonic() - started)
            peak = max(peak, self.emulator.memory())
        self.assertEqual(member.ask({"type": "ping"}), {"type": "pong"})
        print(f"{slowest * 1000:.0f} ms for the slowest 50 messages; memory grew by {peak - before >> 20} MiB")
        # Who sends to them waits for a second, which may be another one for each.
        self.assertLess(slowest, len(silent) + PATIENCE / 5)
        if not SANITIZED:
            # 16 MiB in queues: two kinds of frames that are shared by all who get them.
            self.assertLess(peak - before, 64 << 20)
        # Without reading them there is no end to the messages before a close frame.
        deadline = time.monotonic() + PATIENCE
        while self.emulator.descriptors() > connected and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.emulator.descriptors(), connected)
        for client in silent:
            with self.assertRaises((EOFError, ConnectionError)):
                while True:
                    client.receive()
        recovery = self.recovery(silent[1].hello)
        self.assertEqual(self.connect(RELIABLE, target=recovery).wait_for_end()[0], 1008)

    def test_a_member_that_reads_too_late_is_told_why(self):
        member, sender = self.member("small", receive_buffer=4096), self.sender("small")
        self.send_all([sender], LARGE * 400 + PING_MESSAGE)
        self.assertEqual(sender.receive_json(), {"type": "pong"})
        received = 0
        with self.assertRaises(Closed) as closed:
            while True:
                received += len(member.receive_json()["data"]) == SIZE
        self.assertLess(received, 400)
        self.assertEqual((closed.exception.code, closed.exception.reason), QUEUE_FULL)

    def test_a_reliable_member_that_acknowledges_nothing_is_told_why(self):
        member, sender = self.member("small", RELIABLE), self.sender("small")
        self.send_all([sender], LARGE * 21)
        received = []
        with self.assertRaises(Closed) as closed:
            while True:
                received.append(member.receive_json()["sequenceId"])
        self.assertEqual(received, list(range(1, len(received) + 1)))
        self.assertEqual((closed.exception.code, closed.exception.reason),
                         (1008, "The reliable message buffer is full."))
        self.assertEqual(self.connect(RELIABLE, target=self.recovery(member.hello, "small")).wait_for_end()[0], 1008)

    def test_a_client_that_does_not_read_the_answers_to_what_it_asks_is_dropped(self):
        client = self.connect_json(target=self.emulator.target("small"))
        echo = frame(json.dumps({"type": "event", "event": "echo", "dataType": "text", "data": "x" * SIZE}).encode())
        sending, = self.send_all([client], echo * 400)
        self.assertEqual(self.sender("small").ask({"type": "ping"}), {"type": "pong"})
        sending.join()
        with self.assertRaises((Closed, EOFError, ConnectionError)) as end:
            while True:
                client.receive()
        if isinstance(end.exception, Closed):
            self.assertEqual((end.exception.code, end.exception.reason), QUEUE_FULL)

    def test_a_client_that_ends_its_half_while_much_is_written_to_it_harms_nothing(self):
        """What is being written has to outlive the connection, in the emulator as anywhere."""
        sender = self.sender()
        for size in (100, SIZE):
            message = frame(json.dumps({"type": "sendToGroup", "group": "g", "dataType": "text",
                                        "data": "x" * size}).encode())
            members = [self.member(subprotocol=subprotocol, receive_buffer=4096) for subprotocol in (JSON, RELIABLE) * 5]
            sender.socket.sendall(message * 50)
            self.assertEqual(sender.ask({"type": "ping"}), {"type": "pong"})
            for member in members:
                member.socket.shutdown(socket.SHUT_WR)
            sender.socket.sendall(message * 50)
            self.assertEqual(sender.ask({"type": "ping"}), {"type": "pong"})
            for member in members:
                with self.assertRaises((EOFError, ConnectionError)):
                    while True:
                        member.receive()

    def test_messages_of_every_size_arrive_whole_and_in_order(self):
        check_messages_of_every_size(self, self.sender(), self.member(receive_buffer=4096))

    def test_a_burst_of_many_senders_does_not_outrun_a_member_that_reads(self):
        member = self.member()
        message = frame(b'{"type":"sendToGroup","group":"g","dataType":"text","data":"x"}')
        self.send_all([self.sender() for _ in range(8)], message * 1000)
        for _ in range(8 * 1000):
            self.assertEqual(member.receive_json()["data"], "x")


if __name__ == "__main__":
    main()
