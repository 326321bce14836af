#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Three emulators that are one service, over a real broker."""

import json
import os
import re
import signal
import subprocess
import unittest
import urllib.parse
from unittest import mock

from support.broker import Nats, Redis, RedisWithPassword, free_port, program, wait_for_port
from support.cases import JSON, RELIABLE, main, write_file
from support.one_hub import ROLES, OneHub, WithNodes
from support.process import PATIENCE, Emulator
from support.rest import Caller
from support.websocket import Client, Closed

# After how many seconds a node is dead, and the same with what a slow machine adds.
DEAD_AFTER = 3
DEATH = DEAD_AFTER + PATIENCE


class WithCluster(WithNodes, unittest.TestCase):
    make_broker = Redis
    more_options = ()

    def setUp(self):
        self.broker = self.make_broker()
        self.addCleanup(self.broker.close)
        if not program(self.broker.name):
            self.skipTest(f"{self.broker.name} is not installed")
        self.broker.start()
        config = write_file(self, json.dumps({"hubs": {"chat": {}}}))
        self.nodes = []
        for number in range(3):
            node = self.start_node(number, config)
            self.addCleanup(node.stop)
            node.rest = Caller(node)
            self.addCleanup(node.rest.close)
            self.nodes.append(node)
        for node in self.nodes:
            self.wait_until(lambda: node.rest.call("HEAD", "/users/nobody").status == 404)

    def start_node(self, number, config):
        try:
            return Emulator(*self.broker.options(), "--node", f"a0{number:02}", "--hub-config", config,
                            "--dead-after", str(DEAD_AFTER), *self.more_options)
        except AssertionError as failure:
            if "was built without" in str(failure):
                self.skipTest(str(failure))
            raise

    def connect(self, node, *who, **rest):
        return self.open(self.nodes[node], *who, **rest)


class ClusterBehaviour(OneHub):
    """For each broker."""

    def test_states_and_streams_go_everywhere_and_end_with_their_node(self):
        ann = self.connect(0, "ann", ["g"])
        bob = self.connect(1, "bob", ["g"])
        ann.send({"type": "setGroupState", "group": "g", "state": {"k": "1"}, "ackId": 1})
        self.ack(ann)
        bob.send({"type": "subscribeGroupState", "group": "g", "ackId": 1})
        self.ack(bob)
        snapshot = bob.receive_json()
        self.assertEqual([(item["connectionId"], item["state"]) for item in snapshot["items"]], [(ann.id, {"k": "1"})])
        ann.send({"type": "setGroupState", "group": "g", "state": {"k": "2"}})
        self.assertEqual(bob.receive_json()["items"][0]["state"], {"k": "2"})
        ann.send({"type": "sendToGroup", "group": "g", "stream": {"streamId": "s"}, "noEcho": True})
        ann.send({"type": "streamData", "streamId": "s", "streamSequenceId": 1, "dataType": "text", "data": "part"})
        self.assertEqual(self.text(bob), "part")
        self.nodes[0].signal(signal.SIGKILL)
        bob.socket.settimeout(DEATH)
        told = [bob.receive_json(), bob.receive_json()]
        ends = [each for each in told if each["type"] == "message"]
        changes = [each for each in told if each["type"] != "message"]
        self.assertEqual(ends[0]["stream"]["streamId"], "s")
        self.assertIn("Cancelled", json.dumps(ends[0]))
        self.assertEqual(changes[0]["items"][0]["connectionId"], ann.id)
        self.assertFalse(changes[0]["items"][0].get("state"))
        self.nodes[0].stop()

    def recover(self, first, node):
        """Asks the node for the connection of a client that has gone, or goes."""
        target = (f"/client/hubs/chat?awps_connection_id={first.id}"
                  f"&awps_reconnection_token={urllib.parse.quote(first.hello['reconnectionToken'])}")
        client = Client(self.nodes[node], target, subprotocol=RELIABLE)
        self.addCleanup(client.close)
        return client

    def test_a_client_recovers_by_any_node_and_misses_nothing(self):
        bob = self.connect(1, "bob", ["g"])
        ann = first = self.connect(0, "ann", ["g"], RELIABLE)
        connection = first.id
        for number in range(12):
            ann.close()
            self.send(bob, "g", f"missed {number}", noEcho=True)
            ann = self.recover(first, number % 3)
            hello = ann.receive_json()
            self.assertEqual((hello["event"], hello["connectionId"]), ("connected", connection))
            message = ann.receive_json()
            self.assertEqual(message["data"], f"missed {number}")
            ann.send({"type": "sequenceAck", "sequenceId": message["sequenceId"]})
            self.send(ann, "g", f"back {number}", noEcho=True, ackId=number)
            self.ack(ann)
            self.assertEqual(self.text(bob), f"back {number}")
        # Its connection is where it was.
        self.assertEqual(self.nodes[2].rest.call("HEAD", f"/connections/{connection}").status, 200)
        self.assertEqual(self.nodes[2].rest.call("DELETE", f"/connections/{connection}").status, 204)
        self.assertEqual(ann.receive_json()["event"], "disconnected")
        self.assertEqual(ann.wait_for_end()[0], 1000)

    def test_who_is_relayed_comes_again_when_a_node_of_its_relay_is_killed(self):
        bob = self.connect(2, "bob", ["g"])
        ann = self.connect(0, "ann", ["g"], RELIABLE)
        ann.close()
        by_one = self.recover(ann, 1)
        self.assertEqual(by_one.receive_json()["connectionId"], ann.id)
        self.nodes[1].process.kill()
        self.send(bob, "g", "missed", noEcho=True)
        by_two = self.recover(ann, 2)
        self.assertEqual(by_two.receive_json()["connectionId"], ann.id)
        self.assertEqual(self.text(by_two), "missed")
        self.nodes[0].process.kill()
        self.assertEqual(by_two.wait_for_end()[0], 1001)
        refused = self.recover(ann, 2)
        self.assertEqual(refused.wait_for_end()[0], 1008)

    def test_a_node_that_ends_sends_those_away_whom_it_relays(self):
        bob = self.connect(2, "bob", ["g"])
        ann = self.connect(0, "ann", ["g"], RELIABLE)
        ann.close()
        by_one = self.recover(ann, 1)
        self.assertEqual(by_one.receive_json()["connectionId"], ann.id)
        self.nodes[1].signal(signal.SIGTERM)
        self.assertEqual(by_one.wait_for_end()[0], 1001)
        self.send(bob, "g", "missed", noEcho=True)
        by_two = self.recover(ann, 2)
        self.assertEqual(by_two.receive_json()["connectionId"], ann.id)
        self.assertEqual(self.text(by_two), "missed")

    def test_a_killed_node_takes_only_its_own_clients_with_it(self):
        ann = self.connect(0, "ann", ["g"], RELIABLE)
        bob = self.connect(1, "bob", ["g"])
        cleo = self.connect(2, "cleo", ["g"])
        self.nodes[0].signal(signal.SIGKILL)
        self.nodes[0].stop()
        self.send(bob, "g", "still here", noEcho=True)
        self.assertEqual(self.text(cleo), "still here")
        # Nobody answers for the lost one, until it is known to be lost.
        rest = self.nodes[1].rest
        self.wait_until(lambda: rest.call("HEAD", "/users/ann").status == 404, DEATH)
        self.assertEqual(rest.call("HEAD", f"/connections/{ann.id}").status, 404)
        # Its clients can't go on elsewhere, and are told so.
        target = (f"/client/hubs/chat?awps_connection_id={ann.id}"
                  f"&awps_reconnection_token={ann.hello['reconnectionToken']}")
        again = Client(self.nodes[1], target, subprotocol=RELIABLE)
        self.addCleanup(again.close)
        with self.assertRaises(Closed) as closed:
            again.receive_json()
        self.assertEqual(closed.exception.code, 1008)

    def test_when_the_broker_is_back_everything_is_as_before(self):
        ann = self.connect(0, "ann", ["g"])
        bob = self.connect(1, "bob", ["g"])
        cleo = self.connect(0, "cleo", ["g"])
        self.broker.kill()
        # Clients of one node reach each other.
        self.send(ann, "g", "near", noEcho=True)
        self.assertEqual(self.text(cleo), "near")
        self.broker.start()
        rest = self.nodes[2].rest
        self.wait_until(lambda: rest.call("HEAD", "/users/bob").status == 200)
        self.wait_until(lambda: rest.call("HEAD", "/users/ann").status == 200)
        self.send(ann, "g", "far", noEcho=True)
        self.assertEqual((self.text(bob), self.text(cleo)), ("far", "far"))
        self.check_silent(ann, bob, cleo)

    def test_a_node_that_stood_still_finds_out_that_it_is_dead(self):
        ann = self.connect(0, "ann", ["g"], RELIABLE)
        bob = self.connect(1, "bob", ["g"])
        self.nodes[0].process.send_signal(signal.SIGSTOP)
        rest = self.nodes[1].rest
        self.wait_until(lambda: rest.call("HEAD", "/users/ann").status == 404, DEATH)
        self.nodes[0].process.send_signal(signal.SIGCONT)
        ann.socket.settimeout(DEATH)
        with self.assertRaises(Closed) as closed:
            while True:
                ann.receive_json()
        self.assertEqual(closed.exception.code, 1001)
        again = self.connect(0, "ann", ["g"])
        self.assertNotEqual(again.id[:12], ann.id[:12])
        self.assertEqual(again.id[:4], ann.id[:4])
        self.wait_until(lambda: rest.call("HEAD", "/users/ann").status == 200)
        self.send(again, "g", "back", noEcho=True)
        self.assertEqual(self.text(bob), "back")



class ClusterBehindAProxy(WithCluster, unittest.TestCase):
    """nginx with the README's configuration."""

    def setUp(self):
        if not program("nginx"):
            self.skipTest("nginx is not installed")
        self.port = free_port()
        self.more_options = ("--public-endpoint", f"http://127.0.0.1:{self.port}")
        super().setUp()
        with open(os.path.join(os.path.dirname(__file__), "../../README.md")) as readme:
            text = re.search("```nginx\n(.*?)```", readme.read(), re.DOTALL).group(1)
        for number in range(3):
            text = text.replace(f"127.0.0.1:808{number + 1}", f"127.0.0.1:{self.nodes[number].port}")
            text = text.replace(f"~^000{number + 1}", f"~^a00{number}")
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        folder = self.broker.folder.name
        with open(os.path.join(folder, "nginx.conf"), "w") as file:
            file.write(f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}\n"
                       f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
                       f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n{text}}}\n")
        proxy = subprocess.Popen([program("nginx"), "-p", folder, "-c", "nginx.conf", "-e", "stderr"],
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.kill)
        wait_for_port(self.port)

    def through_proxy(self, target):
        client = Client(self, target, subprotocol=RELIABLE)
        self.addCleanup(client.close)
        client.hello = client.receive_json()
        return client

    def test_who_comes_back_reaches_the_node_that_has_the_connection(self):
        places = set()
        for number in range(12):
            audience = f"http://127.0.0.1:{self.port}/client/hubs/chat"
            client = self.through_proxy(self.nodes[0].target(role=ROLES, sub=f"u{number}", aud=audience))
            self.assertEqual(client.hello["event"], "connected")
            connection, token = client.hello["connectionId"], client.hello["reconnectionToken"]
            places.add(connection[:4])
            client.close()
            self.assertEqual(self.nodes[number % 3].rest.send(f"/users/u{number}", "missed").status, 202)
            again = self.through_proxy(f"/client/hubs/chat?awps_connection_id={connection}"
                                       f"&awps_reconnection_token={urllib.parse.quote(token)}")
            self.assertEqual((again.hello["event"], again.hello["connectionId"]), ("connected", connection))
            self.assertEqual(self.text(again), "missed")
        self.assertEqual(places, {"a000", "a001", "a002"})


class ClusterOverRedis(ClusterBehaviour, WithCluster, unittest.TestCase):
    make_broker = Redis


class ClusterOverNats(ClusterBehaviour, WithCluster, unittest.TestCase):
    make_broker = Nats


class ClusterOverRedisWithAPassword(WithCluster, unittest.TestCase):
    make_broker = RedisWithPassword

    def setUp(self):
        with mock.patch.dict(os.environ, REDISCLI_AUTH=RedisWithPassword.password):
            super().setUp()

    def test_messages_go_everywhere(self):
        clients = [self.connect(number, f"u{number}", ["g"]) for number in range(3)]
        self.send(clients[0], "g", "hello")
        self.assertEqual([self.text(client) for client in clients], ["hello"] * 3)


class ClusterInTheOrderOfTheBus(WithCluster, unittest.TestCase):
    more_options = ("--bus-order", "bus")

    def test_all_clients_get_a_groups_messages_in_one_order(self):
        clients = [self.connect(number % 3, f"u{number}", ["g"]) for number in range(6)]
        for number in range(100):
            for client in clients:
                self.send(client, "g", f"{client.id} {number}")
        orders = [[self.text(client) for _ in range(600)] for client in clients]
        for order in orders[1:]:
            self.assertEqual(order, orders[0])


class ClusterThatFailsWithoutABroker(WithCluster, unittest.TestCase):
    more_options = ("--without-bus", "fail")

    def test_what_clients_send_meanwhile_fails_and_can_be_sent_again(self):
        ann = self.connect(0, "ann", ["g"])
        bob = self.connect(1, "bob", ["g"])
        self.broker.kill()

        def fails():
            self.send(ann, "g", "x", noEcho=True, ackId=1)
            answer = ann.receive_json()
            if answer["success"] is False and answer["error"]["name"] == "InternalServerError":
                return True
            # It was taken before the loss was noticed; a repetition of it would be a duplicate.
            ann.close()
            ann.__init__(self.nodes[0], self.nodes[0].target(role=ROLES, **{"webpubsub.group": ["g"]}),
                         subprotocol=JSON)
            ann.receive_json()
            return False

        self.wait_until(fails)
        self.broker.start()

        def succeeds():
            self.send(ann, "g", "again", noEcho=True, ackId=1)
            return ann.receive_json()["success"]

        self.wait_until(succeeds)
        self.assertEqual(self.text(bob), "again")


if __name__ == "__main__":
    main()
