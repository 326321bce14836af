# SPDX-License-Identifier: MIT
"""Both kinds of clients on the package websockets: python3 client.py SIMPLE_URL PUBSUB_URL"""

import asyncio
import json
import sys

import websockets


async def simple_client(url):
    async with websockets.connect(url) as ws:
        print("simple: open", ws.subprotocol or "")
        await ws.send("gr\u00fc\u00dfe \U0001f600")
        print("simple:", await ws.recv())
    print("simple: closed", ws.close_code)


async def pub_sub_client(url):
    async with websockets.connect(url, subprotocols=["json.webpubsub.azure.v1"]) as ws:
        print("pubsub: open", ws.subprotocol)
        for message in (
                {"type": "joinGroup", "group": "samples", "ackId": 1},
                {"type": "sendToGroup", "group": "samples", "ackId": 2,
                 "dataType": "json", "data": {"value": "gr\u00fc\u00dfe \U0001f600"}},
                {"type": "event", "event": "echo", "ackId": 3, "dataType": "text", "data": "hello"}):
            await ws.send(json.dumps(message))
        # The first message is `connected`. Each request is followed by an ack, the last two by a message too.
        for _ in range(6):
            print("pubsub:", await ws.recv())
    print("pubsub: closed", ws.close_code)


async def main(simple_url, pub_sub_url):
    await simple_client(simple_url)
    await pub_sub_client(pub_sub_url)


asyncio.run(main(*sys.argv[1:]))
