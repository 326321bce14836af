# SPDX-License-Identifier: MIT
"""What tests of the emulator have in common."""

import json
import os
import sys
import tempfile
import unittest
import urllib.parse

from . import process
from .process import Emulator
from .websocket import Client, Refused

JSON = "json.webpubsub.azure.v1"
RELIABLE = "json.reliable.webpubsub.azure.v1"
INVALID_JSON = "The client message is not a valid JSON protocol message."


def write_file(test, text):
    """The name of a file that lasts as long as the test."""
    number, name = tempfile.mkstemp(".json")
    test.addCleanup(os.unlink, name)
    with open(number, "w") as file:
        file.write(text)
    return name


class WithEmulator(unittest.TestCase):
    options = ()
    # For --hub-config, where there is one.
    hub_config = None

    def setUp(self):
        options = self.options
        if self.hub_config is not None:
            options += ("--hub-config", write_file(self, json.dumps(self.hub_config)))
        self.emulator = Emulator(*options)
        self.addCleanup(self.check_end)

    def check_end(self):
        self.assertEqual(self.emulator.stop(), (0, ""))

    def connect(self, subprotocol=None, **rest):
        client = Client(self.emulator, subprotocol=subprotocol, **rest)
        self.addCleanup(client.close)
        return client

    def connect_json(self, subprotocol=JSON, **rest):
        client = self.connect(subprotocol, **rest)
        client.hello = client.receive_json()
        self.assertEqual(client.hello["event"], "connected")
        return client

    def recovery(self, hello, hub="chat"):
        return (f"/client/hubs/{hub}?awps_connection_id={hello['connectionId']}"
                f"&awps_reconnection_token={urllib.parse.quote(hello['reconnectionToken'])}")

    def refusal(self, target, **rest):
        with self.assertRaises(Refused) as caught:
            Client(self.emulator, target, **rest)
        self.assertRegex(caught.exception.headers["content-type"], "^text/plain")
        self.assertNotEqual(caught.exception.body, "")
        return caught.exception.status


def check_messages_of_every_size(test, sender, member):
    """More than what is held back and what the sockets take, and nothing of it read before all of it is on its way."""
    sizes = [size + n for n in range(20) for size in (0, 100, 3_990, 4_000, 4_090, 16_280, 65_400, 3_000, 200_000)]
    for number, size in enumerate(sizes):
        sender.send({"type": "sendToGroup", "group": "g", "dataType": "text", "data": f"{number} " + "x" * size})
    test.assertEqual(sender.ask({"type": "ping"}), {"type": "pong"})
    for number, size in enumerate(sizes):
        test.assertEqual(member.receive_json()["data"], f"{number} " + "x" * size)


def main():
    """SCRIPT EMULATOR [TEST]..."""
    process.program = sys.argv.pop(1)
    result = unittest.main(verbosity=2, exit=False).result
    # 77 is for ctest to say that something was skipped.
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
