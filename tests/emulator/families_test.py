#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Streams, invocations and group states."""

import time

from support.cases import RELIABLE, WithEmulator, main
from support.process import PATIENCE


class Families(WithEmulator):
    """Streams, invocations and group state."""

    def member(self, *roles, **rest):
        claims = {"role": ["webpubsub." + role for role in roles], "webpubsub.group": ["g"]}
        return self.connect_json(target=self.emulator.target(**claims), **rest)

    def test_a_stream_is_published_and_ends_for_both_sides(self):
        publisher, subscriber = self.member("sendToGroup"), self.member(subprotocol=RELIABLE)
        start = {"type": "sendToGroup", "group": "g", "noEcho": True, "stream": {"streamId": "s"}}
        self.assertEqual(publisher.ask(start), {"type": "streamAck", "streamId": "s", "expectedSequenceId": 1})
        part = {"type": "streamData", "streamId": "s", "streamSequenceId": 1, "dataType": "text", "data": "part"}
        for _ in range(2):
            self.assertEqual(publisher.ask(part), {"type": "streamAck", "streamId": "s", "expectedSequenceId": 2})
        self.assertEqual(publisher.ask({**part, "streamSequenceId": 3})["type"], "streamNack")
        self.assertEqual(publisher.ask({"type": "streamEnd", "streamId": "s"}),
                         {"type": "streamClosed", "streamId": "s"})
        self.assertEqual(publisher.ask(part)["error"]["name"], "StreamNotFound")
        got = [subscriber.receive_json() for _ in range(2)]
        self.assertEqual([(m["sequenceId"], m["data"], m["stream"]) for m in got], [
            (1, "part", {"streamId": "s", "streamSequenceId": 1}),
            (2, "", {"streamId": "s", "streamSequenceId": 2, "endOfStream": True})])

    def test_a_stream_ends_when_nothing_comes_and_when_its_publisher_goes(self):
        publisher, subscriber = self.member("sendToGroup"), self.member()
        for stream, idle, end in (("s", 50, lambda: publisher.receive_json()), ("t", 60_000, publisher.close)):
            publisher.ask({"type": "sendToGroup", "group": "g", "noEcho": True,
                           "stream": {"streamId": stream, "idleTimeoutMs": idle}})
            end()
            self.assertEqual(subscriber.receive_json()["stream"]["error"]["name"],
                             {"s": "IdleTimeout", "t": "Cancelled"}[stream])

    def test_invocations_of_echo_and_message_are_answered_with_their_payload(self):
        client = self.member()
        for name in ("echo", "message"):
            self.assertEqual(
                client.ask({"type": "invoke", "invocationId": name, "event": name, "dataType": "text", "data": "hi"}),
                {"type": "invokeResponse", "invocationId": name, "success": True, "dataType": "text", "data": "hi"})
        self.assertEqual(client.ask({"type": "invoke", "invocationId": "1", "event": "other", "data": [1]}),
                         {"type": "invokeResponse", "invocationId": "1", "success": True})
        client.send({"type": "cancelInvocation", "invocationId": "1"})
        self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})

    def test_group_state_is_watched_until_its_author_goes(self):
        author, watcher = self.member("setGroupState"), self.member("getGroupState", subprotocol=RELIABLE)
        set_state = {"type": "setGroupState", "group": "g", "state": {"k": "v"}, "ackId": 1}
        self.assertEqual(author.ask(set_state), {"type": "ack", "ackId": 1, "success": True})
        self.assertEqual(watcher.ask({"type": "subscribeGroupState", "group": "g", "ackId": 1}),
                         {"type": "ack", "ackId": 1, "success": True})
        snapshot = watcher.receive_json()
        self.assertEqual((snapshot["type"], snapshot["sequenceId"]), ("groupStateSnapshot", 1))
        author.close()
        update = watcher.receive_json()
        self.assertEqual((update["type"], update["sequenceId"]), ("groupStateUpdate", 2))
        before, = snapshot["items"]
        after, = update["items"]
        self.assertEqual(before["state"], {"k": "v"})
        self.assertAlmostEqual(before["updatedAt"] / 1000, time.time(), delta=PATIENCE)
        self.assertNotIn("state", after)
        self.assertEqual(after["connectionId"], author.hello["connectionId"])
        self.assertGreater(after["updatedAt"], before["updatedAt"])
        self.assertEqual(watcher.ask({**set_state, "ackId": 2})["error"]["name"], "Forbidden")


if __name__ == "__main__":
    main()
