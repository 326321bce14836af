# SPDX-License-Identifier: MIT
"""Two well-behaved clients, as a process of their own: what they send each other while others misbehave has to arrive,
in order. Ends with standard input, and prints how many messages there were and how long the slowest took."""

import json
import select
import sys
import time
import types

from .websocket import PING, PONG, TEXT, Client

PERIOD = 0.004
JSON = "json.webpubsub.azure.v1"


def receive(client):
    while True:
        opcode, payload = client.receive()
        if opcode == TEXT:
            return json.loads(payload)
        assert opcode == PING
        client.send(payload, PONG)


def main(port, *targets):
    emulator = types.SimpleNamespace(port=int(port))
    clients = [Client(emulator, target, JSON) for target in targets]
    for client in clients:
        assert client.receive_json()["event"] == "connected"
    print("ready", flush=True)
    number, slowest = 0, 0.0
    while not select.select([sys.stdin], [], [], PERIOD)[0]:
        started = time.monotonic()
        for client in clients:
            client.send({"type": "sendToGroup", "group": "witness", "noEcho": True, "data": number})
        for client in clients:
            message = receive(client)
            assert message["data"] == number, f"{message} instead of {number}"
        slowest = max(slowest, time.monotonic() - started)
        number += 1
    print(json.dumps({"messages": 2 * number, "slowest": slowest}))


if __name__ == "__main__":
    main(*sys.argv[1:])
