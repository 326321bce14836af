# SPDX-License-Identifier: MIT
"""A hub of several nodes, whatever joins them."""

import threading
import time

from .cases import JSON, RELIABLE
from .process import PATIENCE
from .rest import Caller
from .websocket import Client, Closed

ROLES = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState", "webpubsub.setGroupState"]


class WithNodes:
    """Has `connect(node, user, groups, subprotocol, hub)`, and `nodes`, each with its caller of the REST API."""

    def wait_until(self, holds, time_limit=PATIENCE):
        deadline = time.monotonic() + time_limit
        while not holds():
            self.assertLess(time.monotonic(), deadline, "it never holds")
            time.sleep(0.05)

    def open(self, emulator, user=None, groups=(), subprotocol=JSON, hub="chat", **rest):
        claims = {"role": ROLES, "webpubsub.group": list(groups)}
        if user:
            claims["sub"] = user
        client = Client(emulator, emulator.target(hub, **claims), subprotocol=subprotocol, **rest)
        self.addCleanup(client.close)
        client.hello = client.receive_json()
        self.assertEqual(client.hello["event"], "connected")
        client.id = client.hello["connectionId"]
        return client

    def text(self, client):
        message = client.receive_json()
        self.assertEqual(message["type"], "message", message)
        return message["data"]

    def send(self, client, group, text, **more):
        client.send({"type": "sendToGroup", "group": group, "dataType": "text", "data": text, **more})

    def ack(self, client):
        message = client.receive_json()
        self.assertEqual((message["type"], message["success"]), ("ack", True), message)

    def check_silent(self, *clients):
        for client in clients:
            self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})


class OneHub:
    """How three nodes behave whose places begin with a000."""

    def test_clients_of_all_nodes_are_one_hubs(self):
        ann = self.connect(0, "ann", ["g"])
        bob = self.connect(1, "bob", ["g"], RELIABLE)
        cleo = self.connect(2, "cleo")
        for number, client in enumerate((ann, bob, cleo)):
            self.assertTrue(client.id.startswith(f"a0{number:02}"))
        self.send(ann, "g", "one", noEcho=True)
        message = bob.receive_json()
        self.assertEqual((message["data"], message["fromUserId"], message["sequenceId"]), ("one", "ann", 1))
        cleo.send({"type": "joinGroup", "group": "g", "ackId": 1})
        self.ack(cleo)
        self.send(ann, "g", "two", noEcho=True)
        self.assertEqual((self.text(bob), self.text(cleo)), ("two", "two"))
        cleo.send({"type": "leaveGroup", "group": "g", "ackId": 2})
        self.ack(cleo)
        self.send(bob, "g", "three", noEcho=True)
        self.assertEqual(self.text(ann), "three")
        self.check_silent(bob, cleo)

    def test_whoever_has_joined_misses_nothing(self):
        ann = self.connect(0)
        for number in range(100):
            bob = self.connect(1)
            group = f"g{number}"
            bob.send({"type": "joinGroup", "group": group, "ackId": 1})
            self.ack(bob)
            self.send(ann, group, "hello")
            self.assertEqual(self.text(bob), "hello")
            bob.close()

    def test_the_rest_api_of_each_node_reaches_everybody(self):
        ann = self.connect(0, "ann", ["g"])
        bob = self.connect(1, "bob")
        for node in self.nodes:
            rest = node.rest
            self.assertEqual(rest.send("", "all").status, 202)
            self.assertEqual((self.text(ann), self.text(bob)), ("all", "all"))
            rest.send("/users/bob", "user")
            self.assertEqual(self.text(bob), "user")
            rest.send(f"/connections/{ann.id}", "connection")
            self.assertEqual(self.text(ann), "connection")
            rest.send("/groups/g", "group")
            self.assertEqual(self.text(ann), "group")
            rest.send("", "filtered", filter="userId eq 'bob'")
            self.assertEqual(self.text(bob), "filtered")
            rest.send("", "excluded", excluded=bob.id)
            self.assertEqual(self.text(ann), "excluded")

            self.assertEqual(rest.call("HEAD", f"/connections/{bob.id}").status, 200)
            self.assertEqual(rest.call("HEAD", "/users/bob").status, 200)
            self.assertEqual(rest.call("HEAD", "/groups/h").status, 404)
            self.assertEqual(rest.call("PUT", f"/groups/h/connections/{bob.id}").status, 200)
            self.assertEqual(rest.call("HEAD", "/groups/h").status, 200)
            ann.send({"type": "sendToGroup", "group": "h", "dataType": "text", "data": "h"})
            self.assertEqual(self.text(bob), "h")
            self.assertEqual(rest.call("PUT", "/users/ann/groups/h").status, 200)
            listed = rest.call("GET", "/groups/h/connections").json
            self.assertEqual(sorted(each["connectionId"] for each in listed["value"]), sorted([ann.id, bob.id]))
            page = rest.call("GET", "/groups/h/connections", maxpagesize=1).json
            self.assertEqual([each["connectionId"] for each in page["value"]], [min(ann.id, bob.id)])
            self.assertIn("nextLink", page)
            permission = f"/permissions/sendToGroup/connections/{bob.id}"
            self.assertEqual(rest.call("DELETE", permission, targetName="x").status, 204)
            self.assertEqual(rest.call("HEAD", permission, targetName="x").status, 404)
            self.assertEqual(rest.call("PUT", permission, targetName="x").status, 200)
            self.assertEqual(rest.call("HEAD", permission, targetName="x").status, 200)
            for path in (f"/groups/h/connections/{bob.id}", "/users/ann/groups/h"):
                self.assertEqual(rest.call("DELETE", path).status, 204)
            self.assertEqual(rest.call("HEAD", "/groups/h").status, 404)
            nobody = "a0990000000000000000000000000000000000000000"
            self.assertEqual(rest.call("PUT", f"/groups/h/connections/{nobody}").status, 404)
            self.check_silent(ann, bob)
        self.assertEqual(self.nodes[2].rest.call("DELETE", f"/connections/{ann.id}").status, 204)
        with self.assertRaises(Closed):
            while ann.receive_json()["type"] == "system":
                pass
        self.assertEqual(self.nodes[2].rest.call("POST", "/:closeConnections").status, 204)
        with self.assertRaises(Closed):
            while bob.receive_json()["type"] == "system":
                pass

    def test_a_hub_without_clients_here_has_those_of_other_nodes(self):
        client = self.connect(0, "ann", hub="other")
        self.assertEqual(client.id[:4], "a000")
        rest = Caller(self.nodes[1], "other")
        self.addCleanup(rest.close)
        self.assertEqual(rest.call("HEAD", "/users/ann").status, 200)
        rest.send("", "x")
        self.assertEqual(self.text(client), "x")

    def test_under_load_every_sender_keeps_its_order_and_nothing_comes_twice(self):
        count = 300
        clients = [self.connect(number % 3, f"u{number}", ["g"]) for number in range(6)]
        for number in range(count):
            for client in clients:
                self.send(client, "g", str(number), noEcho=True)
        for number, client in enumerate(clients):
            expected = {f"u{other}": 0 for other in range(6) if other != number}
            for _ in range(count * 5):
                message = client.receive_json()
                self.assertEqual(message["data"], str(expected[message["fromUserId"]]))
                expected[message["fromUserId"]] += 1
        self.check_silent(*clients)

    def test_who_sends_waits_for_a_slow_reader_of_another_node(self):
        count, padding = 5000, "x" * 5000
        reader = self.connect(0, groups=["g"], receive_buffer=1 << 16)
        sender = self.connect(1)

        def send():
            for number in range(count):
                self.send(sender, "g", f"{number} {padding}")

        sending = threading.Thread(target=send, daemon=True)
        sending.start()
        for number in range(count):
            if number % 50 == 0:
                time.sleep(0.01)
            self.assertEqual(self.text(reader), f"{number} {padding}")
        sending.join()
