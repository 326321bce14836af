# SPDX-License-Identifier: MIT
"""A client of the JSON subprotocol, without an SDK."""

import asyncio
import json

import websockets


class Observer:
    @classmethod
    async def open(cls, url, **options):
        observer = cls()
        observer._socket = await asyncio.wait_for(
            websockets.connect(url, subprotocols=["json.webpubsub.azure.v1"], **options), 20)
        connected = await observer._next()
        observer.connection_id = connected["connectionId"]
        observer.user_id = connected.get("userId")
        observer._last_ack_id = 0
        return observer

    @property
    def is_open(self):
        return self._socket.open

    async def _next(self):
        return json.loads(await asyncio.wait_for(self._socket.recv(), 20))

    async def _until(self, is_last):
        frames = [await self._next()]
        while not is_last(frames[-1]):
            frames.append(await self._next())
        return frames

    async def request(self, **frame):
        """Whether the request succeeded: True or the name of the error."""
        self._last_ack_id += 1
        await self._socket.send(json.dumps({**frame, "ackId": self._last_ack_id}))
        ack = (await self._until(lambda one: one["type"] == "ack" and one["ackId"] == self._last_ack_id))[-1]
        return ack["success"] or ack["error"]["name"]

    async def join(self, group):
        return await self.request(type="joinGroup", group=group)

    async def publish(self, group):
        return await self.request(type="sendToGroup", group=group, dataType="text", data="x", noEcho=True)

    async def heard(self):
        """The gist of the messages that came so far: the answer to a ping comes behind them."""
        await self._socket.send('{"type":"ping"}')
        frames = await self._until(lambda one: one["type"] == "pong")
        return [tuple(one[name] for name in ("from", "group", "dataType", "data") if name in one)
                for one in frames[:-1]]

    async def end(self):
        """What it is told at its end, and with which code it is closed."""
        last = (await self._until(lambda one: one.get("event") == "disconnected"))[-1]
        await asyncio.wait_for(self._socket.wait_closed(), 10)
        return last["message"], self._socket.close_code

    async def leave(self):
        await self._socket.close()


async def heard_by(observers):
    """Whoever of these heard something, and what."""
    messages = await asyncio.gather(*(one.heard() for one in observers.values()))
    return {name: heard for name, heard in zip(observers, messages) if heard}
