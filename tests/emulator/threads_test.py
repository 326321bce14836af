#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An emulator with several threads, each of which is a node."""

import json
import re
import shutil
import signal
import socket
import ssl
import struct
import tempfile
import threading
import types
import unittest
import urllib.parse

from support.broker import Redis, program
from support.cases import RELIABLE, main, write_file
from support.certificate import make_certificate
from support.one_hub import OneHub, WithNodes
from support.process import PATIENCE, Emulator
from support.rest import Caller
from support.websocket import CLOSE, Client, Closed, Refused, frame, upgrade_request

THREADS = 3
OUTBOUND = {"limits": {"outboundQueue": {"messages": 20_000}, "replayBuffer": {"messages": 20_000}}}


class WithThreads(WithNodes, unittest.TestCase):
    more_options = ()
    tls = None
    # Of one of its nodes, what it says on standard error.
    sayings = ""

    def setUp(self):
        config = write_file(self, json.dumps({"hubs": {"chat": OUTBOUND}}))
        self.emulator = Emulator("--threads", str(THREADS), "--node", "a000", "--hub-config", config,
                                 *self.more_options)
        self.addCleanup(self.check_end)
        self.nodes = []
        for _ in range(THREADS if self.tls is None else 0):
            node = types.SimpleNamespace(origin=self.emulator.origin, port=self.emulator.port)
            node.rest = Caller(node)
            self.addCleanup(node.rest.close)
            self.assertEqual(node.rest.call("HEAD", "/users/nobody").status, 404)
            self.nodes.append(node)

    def check_end(self):
        status, said = self.emulator.stop()
        self.assertEqual(status, 0)
        self.assertRegex(said, rf"\A(webpubsub-emulator: hub \S+: ({self.sayings})\n)*\Z" if self.sayings else r"\A\Z")

    def thread_of(self, client):
        self.assertEqual(client.id[:3], "a00")
        return int(client.id[3])

    def next_is(self, thread):
        """The thread that gets the next client is this one: connections go round."""
        probe = self.open(self.emulator, tls=self.tls)
        probe.close()
        last = self.thread_of(probe)
        for _ in range((thread - last - 1) % THREADS):
            socket.create_connection(("127.0.0.1", self.emulator.port)).close()

    def connect(self, node, *who, **rest):
        self.next_is(node)
        client = self.open(self.emulator, *who, tls=self.tls, **rest)
        self.assertEqual(self.thread_of(client), node)
        return client

    def recovery(self, hello):
        return (f"/client/hubs/chat?awps_connection_id={hello['connectionId']}"
                f"&awps_reconnection_token={urllib.parse.quote(hello['reconnectionToken'])}")

    def check_recoveries(self, rounds):
        """Whichever thread hears of it first."""
        ann = self.connect(0, "ann")
        pairs = set()
        for number in range(rounds):
            owner, first = number % THREADS, number // THREADS % THREADS
            bob = self.connect(owner, "bob", ["g"], RELIABLE)
            bob.close()
            self.send(ann, "g", f"missed {number}")
            self.next_is(first)
            again = Client(self.emulator, self.recovery(bob.hello), subprotocol=RELIABLE, tls=self.tls)
            hello = again.receive_json()
            self.assertEqual((hello["event"], hello["connectionId"]), ("connected", bob.id))
            message = again.receive_json()
            self.assertEqual((message["data"], message["sequenceId"]), (f"missed {number}", 1))
            again.send({"type": "sequenceAck", "sequenceId": 1})
            self.assertEqual(again.ask({"type": "ping"}), {"type": "pong"})
            # For good, so that the next one is alone.
            again.send(struct.pack(">H", 1000), CLOSE)
            again.close()
            pairs.add((owner, first))
        self.assertEqual(len(pairs), min(rounds, THREADS ** 2))


class Threads(OneHub, WithThreads):
    """The facts of a hub on several nodes, and what is particular to threads."""

    def test_clients_go_round_the_threads(self):
        clients = [self.open(self.emulator) for _ in range(3 * THREADS)]
        threads = [self.thread_of(client) for client in clients]
        self.assertEqual(sorted(threads[:THREADS]), list(range(THREADS)))
        self.assertEqual(threads, threads[:THREADS] * 3)
        self.assertEqual(len({client.id[:12] for client in clients}), THREADS)

    def test_states_and_streams_go_to_all_threads(self):
        ann = self.connect(0, "ann", ["g"])
        bob = self.connect(1, "bob", ["g"])
        ann.send({"type": "setGroupState", "group": "g", "state": {"k": "1"}, "ackId": 1})
        self.ack(ann)
        bob.send({"type": "subscribeGroupState", "group": "g", "ackId": 1})
        self.ack(bob)
        items = bob.receive_json()["items"]
        self.assertEqual([(item["connectionId"], item["state"]) for item in items], [(ann.id, {"k": "1"})])
        ann.send({"type": "setGroupState", "group": "g", "state": {"k": "2"}})
        self.assertEqual(bob.receive_json()["items"][0]["state"], {"k": "2"})
        ann.send({"type": "sendToGroup", "group": "g", "stream": {"streamId": "s"}, "noEcho": True})
        ann.send({"type": "streamData", "streamId": "s", "streamSequenceId": 1, "dataType": "text", "data": "part"})
        self.assertEqual(self.text(bob), "part")
        ann.close()
        told = [bob.receive_json(), bob.receive_json()]
        end, = [each for each in told if each["type"] == "message"]
        change, = [each for each in told if each["type"] != "message"]
        self.assertEqual(end["stream"]["streamId"], "s")
        self.assertFalse(change["items"][0].get("state"))

    def test_who_comes_back_reaches_the_thread_that_has_the_connection(self):
        before = self.emulator.descriptors()
        self.check_recoveries(5 * THREADS ** 2)
        # One of them is still there.
        self.wait_until(lambda: self.emulator.descriptors() <= before + 1)

    def test_nobody_comes_back_to_what_is_not_there(self):
        bob = self.connect(1, "bob", [], RELIABLE)
        for id in (bob.id[:12] + "0" * 32, bob.id[:4] + "0" * 40, "a003" + bob.id[4:], "0000" + bob.id[4:], "a001",
                   "x"):
            for _ in range(THREADS):
                client = Client(self.emulator, self.recovery({**bob.hello, "connectionId": id}), subprotocol=RELIABLE)
                with self.subTest(id), self.assertRaises(Closed) as closed:
                    client.receive_json()
                self.assertEqual(closed.exception.code, 1008)
                client.close()
        self.check_silent(bob)

    def test_who_does_not_wait_for_the_answer_is_refused_before_it_is_handed_over(self):
        bob = self.connect(1, "bob", [], RELIABLE)
        for first in range(THREADS):
            self.next_is(first)
            with self.assertRaises(Refused) as refused:
                Client(self.emulator, self.recovery(bob.hello), subprotocol=RELIABLE, early=frame(b"early"))
            self.assertEqual(refused.exception.status, 400)
        self.check_silent(bob)

    def test_a_connection_that_has_served_the_rest_api_can_be_handed_over(self):
        bob = self.connect(1, "bob", [], RELIABLE)
        bob.close()
        self.next_is(0)
        with socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE) as connection:
            stream = connection.makefile("rb")
            connection.sendall(b"HEAD /api/health HTTP/1.1\r\nHost: a\r\n\r\n")
            while stream.readline().strip():
                pass
            connection.sendall(upgrade_request(self.recovery(bob.hello), RELIABLE))
            self.assertIn(b"101", stream.readline())
            while stream.readline().strip():
                pass
            self.assertIn(bob.id.encode(), stream.read(120))

    def test_a_burst_of_clients_that_come_back_disturbs_nobody(self):
        bobs = [self.open(self.emulator, f"bob{number}", ["g"], RELIABLE) for number in range(60)]
        for bob in bobs:
            bob.close()
        found = []

        def come_back(some):
            for bob in some:
                again = Client(self.emulator, self.recovery(bob.hello), subprotocol=RELIABLE)
                found.append(again.receive_json()["connectionId"] == bob.id)
                again.close()

        crowd = [threading.Thread(target=come_back, args=(bobs[first::6] * 5,)) for first in range(6)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
        self.assertEqual(found, [True] * 300)


class ThreadsInTheOrderOfTheBus(WithThreads):
    more_options = ("--bus-order", "bus")

    def test_all_clients_get_a_groups_messages_in_one_order(self):
        clients = [self.connect(number % THREADS, f"u{number}", ["g"]) for number in range(6)]
        count = 500

        def send(client):
            for number in range(count):
                self.send(client, "g", f"{client.id} {number}")

        senders = [threading.Thread(target=send, args=(client,)) for client in clients]
        for each in senders:
            each.start()
        orders = [[self.text(client) for _ in range(6 * count)] for client in clients]
        for each in senders:
            each.join()
        for order in orders[1:]:
            self.assertEqual(order, orders[0])
        for client in clients:
            self.assertEqual([text for text in orders[0] if text.startswith(client.id)],
                             [f"{client.id} {number}" for number in range(count)])


@unittest.skipUnless(shutil.which("openssl"), "SKIPPED: there is no openssl to make a certificate with")
class ThreadsOverTls(WithThreads):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        key, certificate = make_certificate(folder.name)
        self.more_options = ("--tls-cert", certificate, "--tls-key", key)
        self.tls = ssl.create_default_context(cafile=certificate)
        super().setUp()

    def test_who_comes_back_reaches_the_thread_that_has_the_connection(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.tls.minimum_version = self.tls.maximum_version = version
            self.check_recoveries(3 * THREADS ** 2)

    def test_much_goes_over_a_connection_that_was_handed_over(self):
        bob = self.connect(1, "bob", ["g"], RELIABLE)
        bob.close()
        self.next_is(0)
        again = Client(self.emulator, self.recovery(bob.hello), subprotocol=RELIABLE, tls=self.tls)
        self.addCleanup(again.close)
        self.assertEqual(again.receive_json()["connectionId"], bob.id)
        sizes = [size + n for n in range(5) for size in (0, 4_000, 16_380, 65_400, 300_000)]
        for number, size in enumerate(sizes):
            self.send(again, "g", f"{number} " + "x" * size)
            self.assertEqual(self.text(again), f"{number} " + "x" * size)


class ThreadsWithABroker(WithThreads):
    """Each thread of each emulator is a node on the broker."""
    sayings = r"node \w+ (joined|has ended|is connected to the broker)"

    def setUp(self):
        broker = Redis()
        self.addCleanup(broker.close)
        if not program(broker.name):
            self.skipTest(f"{broker.name} is not installed")
        broker.start()
        self.more_options = broker.options()
        try:
            super().setUp()
        except AssertionError as failure:
            if "was built without" in str(failure):
                self.skipTest(str(failure))
            raise
        self.other = Emulator("--threads", "2", "--node", "a003", *broker.options())
        self.addCleanup(self.other.stop)

    def test_clients_of_all_threads_of_all_emulators_are_one_hubs(self):
        clients = [self.connect(number, f"u{number}", ["g"]) for number in range(THREADS)]
        clients += [self.open(self.other, f"u{number}", ["g"]) for number in (3, 4)]
        self.assertEqual(sorted(client.id[:4] for client in clients), [f"a00{number}" for number in range(5)])
        for sender in clients:
            self.send(sender, "g", sender.id, noEcho=True)
            for client in clients:
                if client is not sender:
                    self.assertEqual(self.text(client), sender.id)


class ThreadsUnderLoad(WithThreads):
    more_options = ("--log", "frames")

    def test_the_end_is_clean_and_lines_of_the_log_are_whole(self):
        """Standard error is empty as well: no thread has missed anything."""
        clients = [self.connect(number % THREADS, f"u{number}", ["g"]) for number in range(6)]
        is_over = threading.Event()

        def send(client):
            number = 0
            try:
                while not is_over.is_set():
                    self.send(client, "g", f"{number} end")
                    number += 1
            except OSError:
                pass

        codes = []

        def receive(client):
            try:
                while True:
                    client.receive()
            except Closed as closed:
                codes.append(closed.code)
                is_over.set()
                client.send(struct.pack(">H", closed.code), CLOSE)

        work = [threading.Thread(target=each, args=(client,)) for client in clients for each in (send, receive)]
        for each in work:
            each.start()
        self.wait_until(lambda: len(self.emulator.log) > 5000)
        self.emulator.signal(signal.SIGTERM)
        for each in work:
            each.join()
        self.assertEqual(codes, [1001] * 6)
        self.assertEqual(self.emulator.stop(), (0, ""))
        line = re.compile(r"\d\d:\d\d:\d\d\.\d{3} chat (-|a00\d[0-9a-f]{40}) (open|<-|->|end) .+\n")
        self.assertEqual([text for text in self.emulator.log if not line.fullmatch(text)], [])

    def test_clients_that_are_being_handed_over_do_not_disturb_the_end(self):
        bobs = [self.open(self.emulator, None, (), RELIABLE) for _ in range(3 * THREADS)]
        for bob in bobs:
            bob.close()
        self.emulator.signal(signal.SIGSTOP)
        clients = []
        for number in range(90):
            clients.append(socket.create_connection(("127.0.0.1", self.emulator.port)))
            clients[-1].sendall(upgrade_request(self.recovery(bobs[number % len(bobs)].hello), RELIABLE))
            if number == 45:
                self.emulator.signal(signal.SIGTERM)
        self.emulator.signal(signal.SIGCONT)
        self.assertEqual(self.emulator.stop(), (0, ""))
        for client in clients:
            client.close()

    def test_a_question_that_waits_does_not_disturb_the_end(self):
        emulator = Emulator("--threads", "3")
        rest = Caller(emulator)
        # A thread where nobody has used the hub yet waits for word of the others.
        rest.ask("HEAD", "/users/nobody")
        self.assertEqual(emulator.stop(), (0, ""))
        rest.close()


if __name__ == "__main__":
    main()
