#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `--hub-config` says and how hubs are then."""

import json
import re
import time
import unittest

from support.cases import JSON, RELIABLE, WithEmulator, main, write_file
from support.process import PATIENCE, run
from support.websocket import TEXT, frame


class HubConfigFile(unittest.TestCase):
    def test_what_is_wrong_is_named_with_its_place_and_ends_with_2(self):
        for text, complaint in (
                ("{", "line 1 is not JSON"), ("{\n\n  x}", "line 3 is not JSON"), ("[]", "it must be an object"),
                ('{"hub": {}}', "hub is not a known key"),
                ('{"unlistedHubs": true}', "unlistedHubs must be a string"),
                ('{"unlistedHubs": "deny"}', 'unlistedHubs must be "serve" or "refuse"'),
                ('{"defaults": {"anonymous": 1}}', "defaults.anonymous is not a known key"),
                ('{"defaults": {"closeOnFailedEvent": 1}}', "defaults.closeOnFailedEvent must be true or false"),
                ('{"hubs": {"1": {}}}', "hubs.1 is not a hub's name"),
                ('{"hubs": {"a": {}, "A": {}}}', "hubs.A is the same hub as another one"),
                ('{"hubs": {"a": {"webSocketKeepAliveIntervalInSeconds": "1"}}}',
                 "hubs.a.webSocketKeepAliveIntervalInSeconds must be a number from 0.1 to 120"),
                ('{"defaults": {"limits": {"maxFrames": 1}}}', "defaults.limits.maxFrames is not a known key"),
                ('{"defaults": {"limits": {"maxStreams": -1}}}', "defaults.limits.maxStreams must be a whole number"),
                ('{"defaults": {"limits": {"maxStreams": 1.5}}}', "defaults.limits.maxStreams must be a whole number"),
                ('{"defaults": {"limits": {"maxStreams": null}}}', "defaults.limits.maxStreams must be a whole number"),
                ('{"defaults": {"limits": {"closeTimeoutInSeconds": 0}}}',
                 "defaults.limits.closeTimeoutInSeconds must be a number from 0.001"),
                ('{"defaults": {"allowRecovery": 1}}', "defaults.allowRecovery must be true or false"),
                ('{"defaults": {"limits": {"outboundQueue": 5}}}', "defaults.limits.outboundQueue must be an object"),
                ('{"defaults": {"limits": {"outboundQueue": {"frames": 5}}}}',
                 "defaults.limits.outboundQueue.frames is not a known key"),
                ('{"defaults": {"eventHandlers": {}}}', "defaults.eventHandlers must be an array"),
                ('{"defaults": {"eventHandlers": [{"answer": "echo"}]}}',
                 "defaults.eventHandlers[0] needs userEventPattern, and no other events, beside its answer"),
                ('{"defaults": {"eventHandlers": [{"userEventPattern": "*", "answer": "echo", "systemEvents": []}]}}',
                 "defaults.eventHandlers[0] needs userEventPattern, and no other events, beside its answer"),
                ('{"defaults": {"eventHandlers": [{"userEventPattern": "*"}]}}',
                 "defaults.eventHandlers[0] needs either urlTemplate or answer"),
                ('{"defaults": {"eventHandlers": [{"urlTemplate": "http://x/", "answer": "echo"}]}}',
                 "defaults.eventHandlers[0] needs either urlTemplate or answer"),
                ('{"defaults": {"eventHandlers": [{"urlTemplate": "tunnel:///x"}]}}',
                 "defaults.eventHandlers[0] can't be used: "),
                ('{"defaults": {"eventHandlers": [{"urlTemplate": "http://{hub}/"}]}}',
                 "defaults.eventHandlers[0] can't be used: "),
                ('{"defaults": {"eventHandlers": [{"urlTemplate": "http://x/", "systemEvents": ["joined"]}]}}',
                 'defaults.eventHandlers[0].systemEvents[0] must be "connect", "connected" or "disconnected"'),
                ('{"defaults": {"eventHandlers": [{"urlTemplate": "http://x/", "groupPresenceEvents": '
                 '{"eventNames": ["connected"]}}]}}',
                 'defaults.eventHandlers[0].groupPresenceEvents.eventNames[0] must be "joined" or "left"'),
                ('{"encodedSlashes": "yes"}', 'encodedSlashes must be "keep" or "decode"'),
                ('{"defaults": {"eventHandlers": [{"userEventPattern": "a b", "answer": "echo"}]}}',
                 'defaults.eventHandlers[0].userEventPattern must be "*" or names'),
                ('{"defaults": {"eventHandlers": [{"userEventPattern": "*", "answer": "reply"}]}}',
                 'defaults.eventHandlers[0].answer must be "echo", "success", "failure" or "none"')):
            with self.subTest(text):
                name = write_file(self, text)
                result = run("--port", "0", "--hub-config", name)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertTrue(result.stderr.startswith(f"webpubsub-emulator: {name}: "), result.stderr)
                self.assertIn(complaint, result.stderr)

    def test_the_file_that_it_prints_is_what_it_does_without_one(self):
        printed = run("--print-hub-config")
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        name = write_file(self, printed.stdout)
        # It is read: what follows is wrong.
        self.assertIn("port", run("--hub-config", name, "--port", "x").stderr)
        config = json.loads(re.sub(r"(?m)^ *//.*$", "", printed.stdout))
        self.assertEqual((config["unlistedHubs"], config["hubs"]), ("serve", {}))
        self.assertEqual(config["defaults"]["limits"]["replayBuffer"], {"messages": 1000, "bytes": 16 << 20})
        self.assertEqual(config["defaults"]["limits"]["recoveryWindowInSeconds"], 30)
        self.assertEqual(config["defaults"]["limits"]["tokenLifetimeInHours"], 24 * 7)
        self.assertIsNone(config["defaults"]["limits"]["maxConnections"])


SOON = PATIENCE / 20

# An example of all there is, but for most of the limits.
EXAMPLE = {
    "unlistedHubs": "refuse",
    "defaults": {
        "anonymousConnectPolicy": "allow",
        "limits": {"maxFrameSize": 1000},
    },
    "hubs": {
        "open": {},
        "closed": {"anonymousConnectPolicy": "deny", "limits": {"maxConnections": 1}},
        "events": {
            "eventHandlers": [
                {"userEventPattern": "Echo , message", "answer": "echo"},
                {"userEventPattern": "fail", "answer": "failure"},
                {"userEventPattern": "wait", "answer": "none"},
                {"userEventPattern": "fine,echo", "answer": "success"},
            ],
            "limits": {"eventTimeoutInSeconds": 0.2, "waitingRequests": {"messages": 3}},
        },
        "strict": {
            "eventHandlers": [],
            "closeOnFailedEvent": True,
            "webSocketKeepAliveIntervalInSeconds": 120,
            "limits": {
                "maxStreams": 1, "maxInvocations": 1, "maxGroupsPerConnection": 1, "maxStreamIdSize": 3,
                "maxInvocationIdSize": 3,
                "maxGroupStateSize": 4, "maxGroupStates": 1, "ackHistory": 1, "permissions": {"groups": 1},
                "recoveryWindowInSeconds": SOON, "streamIdleTimeoutInSeconds": SOON,
            },
        },
        "boundless": {
            "eventHandlers": [{"userEventPattern": "*", "answer": "none"}],
            "allowRecovery": False,
            "limits": {"maxGroupsPerConnection": None, "eventTimeoutInSeconds": None, "tokenLifetimeInHours": None,
                       "recoveryWindowInSeconds": None, "closeTimeoutInSeconds": None},
        },
        "silent": {"eventHandlers": [{"userEventPattern": "*", "answer": "none"}], "limits": {"maxInvocations": 1}},
    },
}


class HubConfig(WithEmulator):
    hub_config = EXAMPLE

    def member(self, hub, *roles, subprotocol=JSON):
        claims = {"role": ["webpubsub." + role for role in roles], "webpubsub.group": ["g"]}
        return self.connect_json(subprotocol, target=self.emulator.target(hub, **claims))

    def test_only_listed_hubs_are_served_and_each_decides_on_anonymous_clients(self):
        self.connect_json(target="/client/hubs/open")
        self.connect_json(target="/client/hubs/OPEN")
        self.assertEqual(self.refusal("/client/hubs/closed"), 401)
        self.assertEqual(self.refusal(self.emulator.target("other")), 404)
        self.assertEqual(self.refusal("/client/hubs/other"), 401)
        self.connect_json(target=self.emulator.target("closed"))
        self.assertEqual(self.refusal(self.emulator.target("closed")), 503)

    def test_defaults_are_those_of_hubs_that_say_nothing_else(self):
        for hub in ("open", "closed"):
            client = self.connect_json(target=self.emulator.target(hub))
            client.send('{"type":"ping"' + " " * 985 + "}")
            self.assertEqual(client.receive_json()["type"], "pong")
            client.send('{"type":"ping"' + " " * 986 + "}")
            self.assertEqual(client.wait_for_end()[0], 1009)

    def test_the_first_handler_that_matches_answers(self):
        client = self.member("events")

        def outcome(event):
            """Of an event and of an invocation."""
            client.send({"type": "event", "event": event, "ackId": outcome.id, "data": 1})
            answers = [client.receive_json()]
            if answers[0]["type"] == "message":
                answers.append(client.receive_json())
            invoked = client.ask({"type": "invoke", "event": event, "invocationId": "i", "data": 1})
            outcome.id += 1
            return [a.get("data", a.get("error", {}).get("name", a.get("success"))) for a in (*answers, invoked)]

        outcome.id = 1
        self.assertEqual(outcome("echo"), [1, True, 1])
        self.assertEqual(outcome("ECHO"), [1, True, 1])
        self.assertEqual(outcome("fine"), [True, True])
        self.assertEqual(outcome("fail"), ["InternalServerError"] * 2)
        self.assertEqual(outcome("unheardOf"), ["InternalServerError"] * 2)
        started = time.monotonic()
        self.assertEqual(outcome("wait"), ["InternalServerError", "Timeout"])
        self.assertGreater(time.monotonic() - started, 0.4)

    def test_a_failed_event_closes_simple_clients_and_others_where_that_is_wanted(self):
        simple = self.connect(target=self.emulator.target("strict"))
        simple.send("x")
        self.assertEqual(simple.wait_for_end(), (1011, "Internal server error"))
        client = self.member("strict")
        client.send({"type": "event", "event": "e", "data": 1})
        self.assertEqual(client.wait_for_end(), (1011, "Internal server error"))

    def test_a_client_is_not_read_while_too_many_of_its_requests_wait_for_an_event(self):
        client = self.member("events")
        waits = [{"type": "event", "event": "wait", "data": 1, "ackId": number} for number in range(5)]
        client.socket.sendall(b"".join(frame(json.dumps(message).encode(), TEXT)
                                       for message in [*waits, {"type": "ping"}]))
        answers = [client.receive_json() for _ in range(6)]
        self.assertEqual([(a["ackId"], a["error"]["name"]) for a in answers if a["type"] == "ack"],
                         [(number, "InternalServerError") for number in range(5)])
        # It waits for nothing but to be read.
        self.assertGreater(answers.index({"type": "pong"}), 1)

    def test_invocations_without_an_answer_are_limited(self):
        client = self.member("silent")
        client.send({"type": "invoke", "event": "e", "invocationId": "1"})
        self.assertEqual(client.ask({"type": "invoke", "event": "e", "invocationId": "2"})["error"]["name"],
                         "BadRequest")
        client.send({"type": "cancelInvocation", "invocationId": "1"})
        client.send({"type": "invoke", "event": "e", "invocationId": "3"})
        self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})

    def test_every_other_limit_counts(self):
        client = self.member("strict", "joinLeaveGroup", "sendToGroup.g", "sendToGroup.h", "setGroupState")

        def error(message):
            answer = client.ask(message)
            return answer.get("error", {}).get("name", answer.get("success", answer["type"]))

        def state(group, text):
            return {"type": "setGroupState", "group": group, "state": {"k": text}, "ackId": 1}

        def stream(group, name):
            return {"type": "sendToGroup", "group": group, "stream": {"streamId": name}}

        self.assertEqual(error({"type": "joinGroup", "group": "h", "ackId": 1}), "BadRequest")
        self.assertEqual(error({"type": "sendToGroup", "group": "h", "data": 1, "ackId": 1}), "Forbidden")
        self.assertEqual(error(state("g", "long")), "BadRequest")
        self.assertEqual(error(state("g", "t")), True)
        self.assertEqual(error({"type": "joinGroup", "group": "g", "ackId": 1}), "Duplicate")
        self.assertEqual(error({"type": "joinGroup", "group": "g", "ackId": 2}), True)
        self.assertEqual(error({"type": "leaveGroup", "group": "h", "ackId": 1}), True)
        self.assertEqual(error(stream("g", "long")), "BadRequest")
        self.assertEqual(client.ask({"type": "invoke", "event": "e", "invocationId": "long"})["error"]["name"],
                         "BadRequest")
        self.assertEqual(error(stream("g", "s")), "streamAck")
        self.assertEqual(error(stream("g", "t")), "BadRequest")
        self.assertEqual(client.receive_json()["stream"]["error"]["name"], "IdleTimeout")

    def test_limits_that_are_null_do_not_exist_and_recovery_can_be_switched_off(self):
        client = self.member("boundless", "joinLeaveGroup", subprotocol=RELIABLE)
        self.assertTrue(client.ask({"type": "joinGroup", "group": "h", "ackId": 1})["success"])
        client.close()
        self.assertEqual(self.connect(RELIABLE, target=self.recovery(client.hello, "boundless")).wait_for_end()[0],
                         1008)

    def test_the_recovery_window_is_as_long_as_it_says(self):
        cut = self.member("strict", subprotocol=RELIABLE)
        cut.close()
        back = self.connect_json(RELIABLE, target=self.recovery(cut.hello, "strict"))
        back.close()
        time.sleep(1.3 * SOON)
        self.assertEqual(self.connect(RELIABLE, target=self.recovery(cut.hello, "strict")).wait_for_end()[0], 1008)


if __name__ == "__main__":
    main()
