#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""WebSocket-level pings (sessions.md section 9)."""

import socket
import time

from support.cases import RELIABLE, WithEmulator, main
from support.process import PATIENCE
from support.websocket import PING, PONG, TEXT

INTERVAL = PATIENCE / 30


class KeepAlive(WithEmulator):
    hub_config = {"hubs": {"quick": {"webSocketKeepAliveIntervalInSeconds": INTERVAL}}}
    options = ("--log", "frames")

    def connect_quick(self, **claims):
        client = self.connect_json(RELIABLE, target=self.emulator.target("quick", **claims))
        client.started = time.monotonic()
        return client

    def check_time(self, client, expected):
        """Later may it be on a busy machine."""
        taken = time.monotonic() - client.started
        self.assertGreater(taken, expected - INTERVAL / 5)
        self.assertLess(taken, expected + PATIENCE / 4)

    def test_clients_are_pinged_at_the_interval_and_stay_while_they_answer(self):
        client = self.connect_quick()
        for number in range(1, 5):
            opcode, payload = client.receive()
            self.assertEqual(opcode, PING)
            self.check_time(client, number * INTERVAL)
            client.send(payload, PONG)
        self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})

    def test_any_frame_is_a_sign_of_life(self):
        client = self.connect_quick()
        pings = 0
        while time.monotonic() - client.started < 4 * INTERVAL:
            time.sleep(INTERVAL / 4)
            client.send({"type": "ping"})
            while client.receive()[0] != TEXT:
                pings += 1
        self.assertGreaterEqual(pings, 2)

    def test_a_silent_client_loses_its_transport_and_can_be_recovered(self):
        silent = self.connect_quick(**{"webpubsub.group": ["g"]})
        with self.assertRaises((EOFError, ConnectionError)):
            while True:
                self.assertEqual(silent.receive()[0], PING)
        self.check_time(silent, 2 * INTERVAL)
        sender = self.connect_quick(role="webpubsub.sendToGroup")
        sender.send({"type": "sendToGroup", "group": "g", "data": 1})
        back = self.connect_json(RELIABLE, target=self.recovery(silent.hello, "quick"))
        self.assertEqual((back.hello["connectionId"], back.receive_json()["data"]), (silent.hello["connectionId"], 1))
        back.close()
        self.emulator.stop()
        self.assertRegex("".join(self.emulator.log), rf"{silent.hello['connectionId']} end 1006 # PingTimeout\n")

    def test_a_client_of_another_hub_is_pinged_as_the_service_does(self):
        client = self.connect_json(RELIABLE)
        client.socket.settimeout(2.5 * INTERVAL)
        with self.assertRaises(socket.timeout):
            client.receive()


if __name__ == "__main__":
    main()
