#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What every adaptor of a WebSocket stack to a client must do, played by a scripted service on 127.0.0.1 to a chat that
uses the adaptor, and seen by what the client tells the chat (--trace).

usage: adaptor_conformance.py CHAT [--loses CODE,...] [--no-retry-after] [TEST]...

An adaptor hands on the peer's close code, or 1006 if it does not know it for certain. --loses names the codes that become
1006 with this stack (`none` for a close frame without one); every other has to arrive. --no-retry-after says that the
stack does not tell that header.
"""

import asyncio
import re
import signal
import socket
import sys
import unittest

from scripted_service import (BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, Peer, Program, Service, close_frame, connected, frame,
                              group_message)

CHAT = None
LOSES = set()
TELLS_RETRY_AFTER = True
CODES = [*range(1000, 1016), 3000, 4999, None]


def trace(service_or_url, *options, **environment):
    url = service_or_url if isinstance(service_or_url, str) else service_or_url.url
    return Program(CHAT, url, "room", "--trace", *options, **environment)


async def go_away(peer):
    await peer.refuse(503)


class Closing(unittest.IsolatedAsyncioTestCase):
    """How a connection ended."""

    async def told_after(self, ending):
        """The close code and the rest of what the client tells after a connection ended so."""
        async def script(peer):
            await peer.accept_and_join()
            await ending(peer)
            await peer.hang_up()

        async with Service(script, go_away) as service, trace(service) as chat:
            told = await chat.wait_for(r"^\* (?:recovering|disconnected) .*?\bcode=(\d+)(.*)")
            return int(told.group(1)), told.group(2)

    async def test_each_close_code_arrives_as_the_peers_or_as_abnormal(self):
        gate = asyncio.Semaphore(4)

        async def told(code):
            async def close(peer):
                peer.write(close_frame(code, "because"))
            async with gate:
                return await self.told_after(close)

        for code, (arrived, rest) in zip(CODES, await asyncio.gather(*map(told, CODES))):
            with self.subTest(code=code, arrived=arrived):
                if (str(code) if code else "none") in LOSES:
                    self.assertEqual(arrived, 1006)
                elif code is None:
                    self.assertEqual(arrived, 1005)
                else:
                    self.assertEqual(arrived, code)
                    self.assertIn("because", rest)

    async def test_a_code_without_a_reason_arrives_too(self):
        for code in (1000, 1001, 1008, 1011):
            with self.subTest(code=code):
                async def close(peer):
                    peer.write(close_frame(code))
                arrived, _ = await self.told_after(close)
                self.assertIn(arrived, (code, 1006) if code == 1000 else (code,))

    async def test_an_end_without_a_close_frame_is_abnormal(self):
        async def nothing(peer):
            pass

        async def reset(peer):
            peer.reset()

        for ending in (nothing, reset):
            with self.subTest(ending.__name__):
                self.assertEqual((await self.told_after(ending))[0], 1006)

    async def test_what_is_no_websocket_is_abnormal(self):
        for name, data in (("reserved opcode", frame(3, b"x")), ("reserved bits", b"\xf1\x01x"),
                           ("not UTF-8", frame(TEXT, b"\xff\xfe")), ("masked", b"\x81\x81abcdx"),
                           ("long control frame", b"\x89\x7e\x00\x80" + b"x" * 128),
                           ("much too long", b"\x81\x7f\x40" + b"\0" * 7 + b"x" * 100),
                           ("continues nothing", frame(0, b"x"))):
            with self.subTest(name):
                async def send(peer):
                    peer.write(data)
                self.assertEqual((await self.told_after(send))[0], 1006)

    async def test_a_half_close_during_a_blocked_write_loses_nothing(self):
        lines = [f"{number} " + "x" * 100000 for number in range(100)]
        blocked = asyncio.Event()

        async def block(peer):
            await peer.accept_and_join()
            peer.writer.transport.pause_reading()
            blocked.set()
            await asyncio.sleep(1.5)
            peer.writer.write_eof()
            await peer.forever()

        async def go_on(peer):
            await peer.accept(connected())
            await peer.serve()

        async with Service(block, go_on) as service, trace(service) as chat:
            await blocked.wait()
            await chat.type("".join(line + "\n" for line in lines))
            await chat.wait_for(r"^\* recovering .*\bcode=1006")
            await chat.wait_for(r"^\* recovered ")
            await chat.wait_for(r"^\* request_completed .*\btag=100 ", 3 * PATIENCE)
            self.assertFalse([line for line in chat.lines if "outcome_unknown" in line])
            self.assertEqual([text for _, text in sorted(service.published.items())], lines)


class Opening(unittest.IsolatedAsyncioTestCase):
    async def refused(self, *answer):
        async def script(peer):
            await peer.refuse(*answer)

        async with Service(script) as service, trace(service) as chat:
            told = await chat.wait_for(r"^\* connect_failed .*")
            await asyncio.sleep(0.1)
            return told.group(), chat.lines

    async def test_401_ends_a_client_with_a_fixed_url(self):
        told, lines = await self.refused(401, "WWW-Authenticate: Bearer")
        self.assertIn("http_status=401", told)
        self.assertTrue(any(line.startswith("* stopped") for line in lines), lines)

    async def test_429_with_retry_after_makes_the_client_wait(self):
        told, _ = await self.refused(429, "Retry-After: 40")
        self.assertIn("http_status=429", told)
        if TELLS_RETRY_AFTER:
            self.assertGreaterEqual(int(re.search(r"retry_in=(\d+)ms", told).group(1)), 40000)

    async def test_a_retry_after_that_is_none_is_ignored(self):
        for value in ("", "soon", "-1", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"):
            with self.subTest(value):
                told, _ = await self.refused(503, f"Retry-After: {value}")
                self.assertIn("http_status=503", told)
                self.assertLess(int(re.search(r"retry_in=(\d+)ms", told).group(1)), 10000)

    async def test_503_is_told(self):
        self.assertIn("http_status=503", (await self.refused(503))[0])

    async def test_an_answer_that_is_none_fails(self):
        async def garbage(peer):
            await peer.read_request()
            peer.write(b"\x00\xff\x00 this is no HTTP\r\n\r\n")
            await peer.hang_up()

        async def nothing(peer):
            await peer.read_request()

        async def wrong_key(peer):
            await peer.accept(Sec_WebSocket_Accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            await peer.hang_up()

        async def no_subprotocol(peer):
            await peer.accept(connected(), Sec_WebSocket_Protocol=None)
            await peer.hang_up()

        for script in (garbage, nothing, wrong_key, no_subprotocol):
            with self.subTest(script.__name__):
                async with Service(script) as service, trace(service) as chat:
                    await chat.wait_for(r"^\* connect_failed ")
                    self.assertIsNone(chat.child.returncode)

    async def test_a_frame_that_comes_with_the_answer_is_read(self):
        async def script(peer):
            await peer.accept(connected() + group_message("early", 1))
            await peer.serve()

        async with Service(script) as service, trace(service) as chat:
            await chat.wait_for(r"^\* connected id=\"c\"")
            await chat.wait_for(r"^bob: early$")

    async def test_a_recovery_that_hangs_is_given_up_and_tried_again(self):
        async def lost(peer):
            await peer.accept_and_join()
            peer.reset()

        async def hang(peer):
            await peer.forever()

        async def go_on(peer):
            await peer.accept(connected())
            await peer.serve()

        async with Service(lost, hang, go_on) as service, trace(service) as chat:
            await chat.wait_for(r"^\* connect_failed purpose=recovery")
            await chat.wait_for(r"^\* recovered ")
            self.assertIn("awps_connection_id=c", service.peers[2].target)

    async def test_nothing_from_outside_crashes(self):
        for url in ("", "room", "ws://", "ws://[::1", "ws://127.0.0.1:99999/client/hubs/chat", "ftp://127.0.0.1/",
                    "ws://127.0.0.1/client\r\nHost: evil", "ws://user@127.0.0.1/", "ws://127.0.0.1/#fragment"):
            with self.subTest(url):
                async with trace(url) as chat:
                    self.assertEqual(await chat.status(), 1)
        for text in ("", ";", "Endpoint=http://127.0.0.1", "Endpoint=x;AccessKey=y"):
            with self.subTest(text):
                async with Program(CHAT, "room", WEBPUBSUB_CONNECTION_STRING=text) as chat:
                    self.assertEqual(await chat.status(), 1)
        for url in ("ws://127.0.0.1:1/client/hubs/chat", "ws://no.such.host.invalid/client/hubs/chat",
                    "wss://127.0.0.1:1/client/hubs/chat"):
            with self.subTest(url):
                async with trace(url) as chat:
                    await chat.wait_for(r"^\* connect_failed ")


class Carrying(unittest.IsolatedAsyncioTestCase):
    async def test_a_mebibyte_goes_both_ways(self):
        text = "0123456789abcdef" * 65536
        line = text[:-300]

        async def script(peer):
            await peer.accept_and_join()
            peer.write(group_message(text, 1))
            whole = group_message(text, 2)[10:]
            # In fragments, with a ping between them.
            peer.write(frame(TEXT, whole[:1000], False) + frame(PING, b"there?") + frame(0, whole[1000:500000], False))
            peer.write(frame(0, whole[500000:]))
            while (await peer.read_message()) != (PONG, b"there?"):
                pass
            await peer.serve(lambda request: request.get("data") == line)
            await peer.serve()

        async with Service(script) as service, trace(service) as chat:
            await chat.wait_for(r"^\* joined room")
            await chat.type(line + "\n")
            await chat.wait_for(r"^\* request_completed .*tag=1 status=succeeded")
            self.assertEqual(list(service.published.values()), [line])
            self.assertEqual([line for line in chat.lines if line.startswith("bob: ")], ["bob: " + text] * 2)

    async def test_ten_times_400_pipelined_messages_arrive_in_order(self):
        lines = [f"line {number}" for number in range(4000)]

        async def script(peer):
            await peer.accept_and_join()
            for burst in range(0, 4000, 400):
                peer.write(b"".join(group_message(lines[n], n + 1) for n in range(burst, burst + 400)))
                await asyncio.sleep(0)
            await peer.serve()

        async with Service(script) as service, trace(service) as chat:
            await chat.type("".join(line + "\n" for line in lines))
            chat.child.stdin.close()
            self.assertEqual(await chat.status(), 0)
            await chat.wait_for(r"^\(end\)")
            self.assertEqual([line for line in chat.lines if line.startswith("bob: ")],
                             ["bob: " + line for line in lines])
            self.assertEqual([text for _, text in sorted(service.published.items())], lines)
            self.assertFalse([line for line in chat.lines if "recovering" in line or "host_error" in line])

    async def test_a_message_of_the_wrong_kind_is_told_and_no_more(self):
        async def script(peer):
            await peer.accept_and_join()
            peer.write(frame(BINARY, b"\0\xff") + group_message("after it", 1))
            await peer.serve()

        async with Service(script) as service, trace(service) as chat:
            await chat.wait_for(r"^\* protocol_error ")
            await chat.wait_for(r"^bob: after it$")


class Stopping(unittest.IsolatedAsyncioTestCase):
    """The client is stopped in each state."""

    async def assert_stops(self, chat, patience=5):
        # The first signal lets the client finish, the second stops it.
        chat.signal(signal.SIGTERM)
        try:
            await chat.status(0.5)
        except AssertionError:
            chat.signal(signal.SIGTERM)
        self.assertEqual(await chat.status(patience), 0)
        await chat.wait_for(r"^\(end\)")
        traced = [line for line in chat.lines if line.startswith("* stopped")]
        self.assertEqual(traced, ["* stopped"])

    async def stop_at(self, script, line=None, patience=5, typed=""):
        reached = asyncio.Event()

        async def play(peer):
            await script(peer, reached)

        async with Service(play, receive_buffer=16384) as service, trace(service) as chat:
            await asyncio.wait_for(reached.wait(), 10)
            if line:
                await chat.wait_for(line)
            if typed:
                await chat.type(typed)
                await asyncio.sleep(0.5)
            await self.assert_stops(chat, patience)

    async def test_while_the_connection_attempt_hangs(self):
        # A listener whose queue is full does not answer.
        listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        waiting = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        try:
            async with trace(f"ws://127.0.0.1:{listener.getsockname()[1]}/client/hubs/chat") as chat:
                await chat.expects(signal.SIGTERM)
                await asyncio.sleep(0.5)
                await self.assert_stops(chat)
        finally:
            for one in (*waiting, listener):
                one.close()

    async def test_during_the_handshake(self):
        async def script(peer, reached):
            await peer.read_request()
            reached.set()
            await peer.forever()
        await self.stop_at(script)

    async def test_during_the_tls_handshake(self):
        reached = asyncio.Event()

        async def script(peer):
            await peer.reader.read(1)
            reached.set()
            await peer.forever()

        async with Service(script) as service, trace(service.url.replace("ws:", "wss:")) as chat:
            await asyncio.wait_for(reached.wait(), 10)
            await self.assert_stops(chat)

    async def test_before_the_service_says_connected(self):
        async def script(peer, reached):
            await peer.accept()
            reached.set()
            await peer.serve()
        await self.stop_at(script)

    async def test_while_connected(self):
        said = []

        async def script(peer, reached):
            await peer.accept_and_join()
            reached.set()
            said.append(await peer.serve())
            await peer.hang_up()
        await self.stop_at(script, r"^\* joined room")
        self.assertEqual(said, [b"\x03\xe8"])

    async def test_while_a_write_is_blocked(self):
        async def script(peer, reached):
            await peer.accept_and_join()
            peer.writer.transport.pause_reading()
            reached.set()
            await peer.forever()
        await self.stop_at(script, r"^\* joined room", patience=10, typed=("x" * 100000 + "\n") * 100)

    async def test_while_the_peer_does_not_answer_the_close_frame(self):
        async def script(peer, reached):
            await peer.accept_and_join()
            reached.set()
            while (await peer.read_message())[0] != CLOSE:
                pass
            await peer.forever()
        await self.stop_at(script, r"^\* joined room", patience=10)

    async def test_while_it_waits_for_the_next_attempt(self):
        async def script(peer, reached):
            await peer.refuse(503, "Retry-After: 60")
            reached.set()
        await self.stop_at(script, r"^\* connect_failed ")

    async def test_while_it_recovers(self):
        async def lost(peer):
            await peer.accept_and_join()
            peer.reset()

        for name, script in (("hung", Peer.forever), ("refused", go_away)):
            with self.subTest(name):
                async with Service(lost, script) as service, trace(service) as chat:
                    await chat.wait_for(r"^\* recovering ")
                    await asyncio.sleep(0.3)
                    await self.assert_stops(chat)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(__doc__.strip())
    CHAT = arguments.pop(0)
    if arguments[:1] == ["--loses"]:
        LOSES = set(arguments[1].split(","))
        del arguments[:2]
    if arguments[:1] == ["--no-retry-after"]:
        TELLS_RETRY_AFTER = False
        del arguments[0]
    unittest.main(argv=sys.argv[:1] + arguments, verbosity=2)
