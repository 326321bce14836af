# SPDX-License-Identifier: MIT
"""usage: python_websockets.py EMULATOR

The clients of the Azure documentation that need no SDK, on Python's websockets.
"""

import asyncio
import json
import os
import sys
from urllib.parse import parse_qs, urlsplit, urlunsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from emulator import Emulator  # noqa: E402

try:
    import websockets
except ImportError:
    sys.exit(f"This test needs the module websockets, which {sys.executable} does not have "
             "(on Debian: package python3-websockets, for /usr/bin/python3).")

# Version 14 took a new name for it.
HEADERS = "additional_headers" if int(websockets.__version__.split(".")[0]) >= 14 else "extra_headers"


def check(fact, actual, expected):
    if actual != expected:
        raise AssertionError(f"{fact}:\n  expected {expected!r}\n  but got  {actual!r}")
    print("ok ", fact, flush=True)


def connect(url, subprotocols=None, headers=None):
    return websockets.connect(url, subprotocols=subprotocols, **({HEADERS: headers} if headers else {}))


async def receive(socket):
    return await asyncio.wait_for(socket.recv(), 10)


async def receive_json(socket):
    return json.loads(await receive(socket))


async def status_of(url, headers=None):
    """The HTTP status of a handshake that is refused."""
    try:
        async with connect(url, headers=headers):
            return 101
    except websockets.InvalidHandshake as refused:
        return refused.response.status_code if hasattr(refused, "response") else refused.status_code


async def simple_client(url):
    async with connect(url) as socket:
        check("a simple client has no subprotocol", socket.subprotocol, None)
        await socket.send("hello")
        check("it sends hello and gets it back, and nothing before", await receive(socket), "hello")
        await socket.send(b"\x00\xff")
        check("binary comes back as binary", await receive(socket), b"\x00\xff")


async def pub_sub_client(url, headers=None):
    async with connect(url, ["json.webpubsub.azure.v1"], headers) as socket:
        check("the subprotocol is confirmed", socket.subprotocol, "json.webpubsub.azure.v1")
        await socket.send('{"type":"joinGroup","ackId":1,"group":"group1"}')
        connected = await receive_json(socket)
        check("connected comes first", [connected["type"], connected["event"]], ["system", "connected"])
        check("then the ack", await receive_json(socket), {"type": "ack", "ackId": 1, "success": True})
        # This library splits what it is given in a list into frames of one message.
        await socket.send(['{"type":"sendToGroup","group":"group1",', '"dataType":"text",', '"data":"hi"}'])
        message = await receive_json(socket)
        check("a message in several frames is one message", [message["group"], message["data"]], ["group1", "hi"])
        await asyncio.wait_for(await socket.ping(), 10)
        check("a ping of the WebSocket protocol is answered", socket.open if hasattr(socket, "open") else True, True)


async def main(program):
    async with Emulator(program) as emulator:
        url = emulator.client_url
        await simple_client(url)
        await pub_sub_client(url)
        parts = urlsplit(url)
        bare = urlunsplit(parts._replace(query=""))
        bearer = {"Authorization": "Bearer " + parse_qs(parts.query)["access_token"][0]}
        await pub_sub_client(bare, bearer)
        check("without a token: 401", await status_of(bare), 401)
        bad_hub = urlunsplit(parts._replace(path="/client/hubs/1st", query=""))
        check("a bad hub: 400", await status_of(bad_hub, bearer), 400)
    print("the emulator ended cleanly")


if len(sys.argv) != 2:
    sys.exit(__doc__)
asyncio.run(asyncio.wait_for(main(sys.argv[1]), 60))
