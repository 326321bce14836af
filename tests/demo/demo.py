#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows the library at work: an emulator and two clients, alice and bob, each a process of its own, over TCP.

usage: demo.py [--subprotocol NAME] BUILD_TESTS_DIR

  --subprotocol NAME  of both clients: json.reliable.webpubsub.azure.v1 (default),
                      protobuf.reliable.webpubsub.azure.v1, or one of those that
                      can't be recovered, json. and protobuf.webpubsub.azure.v1

Prints every frame as it goes by, and checks from the frames and events of the processes that what should happen
happens. The exit status is 0 only if all of it was seen.
"""

import argparse
import os
import queue
import re
import signal
import sys
import time

from processes import GROUP, Client, NotSeen, Process, Screen

SUBPROTOCOLS = [f"{encoding}.{kind}webpubsub.azure.v1" for encoding in ("json", "protobuf") for kind in ("reliable.", "")]
FORBIDDEN_GROUP = "vault"
BEFORE_THE_CUT = ["one", "two", "three"]
DURING_THE_CUT = ["four", "five", "six", "seven", "eight"]
AFTER_THE_CUT = ["nine", "ten"]

# In seconds, for one thing that is waited for.
PATIENCE = 10.0


def shows_secret(line, key):
    """Whether a line has the access key, an access token (a JSON Web Token) or a reconnection token in it."""
    tokens = re.findall(r'reconnection_?token[\\"]*[:=][\\"]*([^\\"& ]*)', line, re.IGNORECASE)
    return key in line or "eyJ" in line or any(token not in ("REDACTED", "(secret)") for token in tokens)


class Demo:
    def __init__(self, build, subprotocol, screen):
        self.build = build
        self.subprotocol = subprotocol
        self.reliable = ".reliable." in subprotocol
        # In protobuf a message does not say who sent it.
        self.sender = {"fromUserId": "alice"} if subprotocol.startswith("json") else {}
        self.screen = screen
        self.inbox = queue.Queue()
        self.processes = []
        self.facts = []
        self.ending = False

    def run(self):
        self.start()
        self.connect()
        self.join()
        self.publish()
        self.publish_without_echo()
        self.publish_where_it_is_forbidden()
        self.cut()
        if self.reliable:
            self.recover()
        else:
            self.begin_again()
        self.stop()

    # Waiting.

    def take(self, timeout):
        """Takes one line of output; false if none comes in time."""
        try:
            process, line = self.inbox.get(timeout=timeout)
        except queue.Empty:
            return False
        if line is not None:
            process.take(line, self.screen)
        elif not self.ending:
            raise NotSeen(f"{process.name} goes on (it ended with status {process.child.wait()})")
        return True

    def wait_for(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            # A condition may be about a process that has nothing more to say.
            if not self.take(0.05) and time.monotonic() > deadline:
                raise NotSeen(what)

    def watch(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.take(0.05)

    def see(self, fact, condition):
        """Waits until the condition holds: then the fact is seen."""
        self.wait_for(fact, condition)
        self.facts.append(fact)
        self.screen.fact(fact)

    # What happens.

    def start(self):
        self.screen.heading("the emulator starts")
        program = os.path.join(self.build, "emulator", "webpubsub-emulator")
        emulator = Process("emulator", [program, "--port", "0", "--log", "frames"], self.inbox)
        self.processes.append(emulator)

        def ready(what):
            return next((line[len(what):] for line in emulator.lines if line.startswith(what)), None)

        self.wait_for("the emulator is ready", lambda: ready("client url: "))
        self.ready_lines = len(emulator.lines)
        self.screen.line(time.monotonic(), emulator.name, "*", f"listening on {ready('listening on ')}", "yellow")
        self.connection_string = ready("connection string: ")
        program = os.path.join(self.build, "demo", "webpubsub-demo-client")
        self.screen.heading(f"alice and bob connect, each with a token for the group {GROUP} only")
        for name in ("alice", "bob"):
            self.processes.append(Client(name, program, self.inbox, self.connection_string, self.subprotocol))
        self.emulator, self.alice, self.bob = self.processes
        self.clients = [self.alice, self.bob]

    def connect(self):
        def connected(client):
            return [frame["connectionId"] for frame in
                    client.frames("received", type="system", event="connected", userId=client.name)
                    if client.events("connected", connectionId=frame["connectionId"], userId=client.name)]

        self.see("both are connected, each as its user and with an id of its own",
                 lambda: len(connected(self.alice)) == len(connected(self.bob)) == 1
                 and connected(self.alice) != connected(self.bob))
        self.bobs_id = connected(self.bob)[0]

    def join(self):
        self.screen.heading("both join the group")
        for client in self.clients:
            client.write(f"join {GROUP}")
        self.see("both joins are acknowledged",
                 lambda: all(client.acknowledged(f"join {GROUP}") for client in self.clients))

    def publish(self):
        self.screen.heading("alice publishes")
        self.alice.write(f"send {GROUP} hello")
        self.see("alice's message is acknowledged, and bob and alice herself get it",
                 lambda: self.alice.acknowledged(f"send {GROUP} hello")
                 and all(client.events("groupMessage", group=GROUP, data="hello", **self.sender)
                         for client in self.clients))

    def publish_without_echo(self):
        self.screen.heading("alice publishes without echo, and once more with it")
        self.alice.write(f"send-noecho {GROUP} psst")
        self.alice.write(f"send {GROUP} heard?")
        self.see("bob gets the message with noEcho, and alice only the one behind it",
                 lambda: self.alice.acknowledged(f"send-noecho {GROUP} psst")
                 and self.alice.frames("sent", type="sendToGroup", data="psst", noEcho=True)
                 and self.bob.data() == ["hello", "psst", "heard?"] and self.alice.data() == ["hello", "heard?"])

    def publish_where_it_is_forbidden(self):
        self.screen.heading(f"alice publishes to the group {FORBIDDEN_GROUP}, for which her token has no role")
        self.alice.write(f"send {FORBIDDEN_GROUP} open up")
        self.see("the service refuses it as Forbidden",
                 lambda: self.alice.refused(f"send {FORBIDDEN_GROUP} open up", "Forbidden"))

    def cut(self):
        self.screen.heading("bob's TCP connection is cut, and alice goes on")
        if self.reliable:
            self.wait_for("bob acknowledges what he got",
                          lambda: self.bob.frames("sent", type="sequenceAck", sequenceId=len(self.bob.data())))
        for text in BEFORE_THE_CUT:
            self.alice.write(f"send {GROUP} {text}")
        self.wait_for("bob gets messages until the cut",
                      lambda: self.bob.data()[-len(BEFORE_THE_CUT):] == BEFORE_THE_CUT)
        before = len(self.bob.records)
        self.bob.write("cut")
        lost = "recovering" if self.reliable else "disconnected"
        self.see("both ends lose bob's connection without a close frame, and he "
                 + ("tries to recover it" if self.reliable else "is told that it is gone"),
                 lambda: self.bob.events(lost, before, connectionId=self.bobs_id, code=1006)
                 and any(line.endswith(f" {self.bobs_id} end 1006") for line in self.emulator.lines))
        self.lost = len(self.bob.records)
        for text in DURING_THE_CUT:
            self.alice.write(f"send {GROUP} {text}")
        self.wait_for("alice's messages are acknowledged during the cut",
                      lambda: all(self.alice.acknowledged(f"send {GROUP} {text}") for text in DURING_THE_CUT))
        # Time for what should not come.
        self.watch(0.5)
        self.see("alice's messages are acknowledged, and none of them comes to bob",
                 lambda: not self.bob.frames("received", self.lost))

    def recover(self):
        self.screen.heading("bob may connect again")
        self.bob.write("resume")
        self.see("bob's connection is recovered: it is the same one",
                 lambda: self.bob.events("recovered", self.lost, connectionId=self.bobs_id)
                 and len(self.bob.events("connected")) == 1 and not self.bob.events("disconnected"))
        self.see("what he missed is replayed", lambda: self.bob.data(self.lost) == DURING_THE_CUT)
        self.screen.heading("alice goes on")
        for text in AFTER_THE_CUT:
            self.alice.write(f"send {GROUP} {text}")
        later = BEFORE_THE_CUT + DURING_THE_CUT + AFTER_THE_CUT
        self.wait_for("bob gets messages after the recovery", lambda: later[-1] in self.bob.data())
        # Time for what should not come, and for what is acknowledged once a second.
        self.watch(1.2)
        self.see("nothing is lost, nothing is doubled, and all of it is in order",
                 lambda: self.bob.data() == ["hello", "psst", "heard?"] + later
                 and self.alice.data() == ["hello", "heard?"] + later
                 and sorted(set(self.bob.numbers())) == list(range(1, len(self.bob.data()) + 1))
                 and not self.bob.events("sequenceGap"))

    def begin_again(self):
        """What remains of that where a connection can't be recovered."""
        self.screen.heading("bob may connect again")
        self.bob.write("resume")
        self.see("bob has a new connection, and joins the group again without being told",
                 lambda: [event for event in self.bob.events("connected", self.lost)
                          if event["connectionId"] != self.bobs_id]
                 and self.bob.frames("sent", self.lost, type="joinGroup", group=GROUP)
                 and self.bob.frames("received", self.lost, type="ack", success=True))
        self.screen.heading("alice goes on")
        for text in AFTER_THE_CUT:
            self.alice.write(f"send {GROUP} {text}")
        self.wait_for("bob gets messages on the new connection", lambda: AFTER_THE_CUT[-1] in self.bob.data())
        # Time for what should not come.
        self.watch(0.5)
        self.see("what he missed is lost, nothing is doubled, and all of it is in order",
                 lambda: self.bob.data() == ["hello", "psst", "heard?"] + BEFORE_THE_CUT + AFTER_THE_CUT
                 and self.alice.data() == ["hello", "heard?"] + BEFORE_THE_CUT + DURING_THE_CUT + AFTER_THE_CUT)

    def stop(self):
        self.screen.heading("the end")
        self.ending = True
        for client in self.clients:
            client.write("stop")
        self.see("both clients end, and every request had one outcome",
                 lambda: all(self.ended(client) for client in self.clients))
        repeated = len(self.bob.numbers()) - len(set(self.bob.numbers()))
        self.see("their own counters say the same",
                 lambda: self.counters(self.alice, connections=1, recoveries=0, duplicatesDropped=0)
                 and self.counters(self.bob, connections=1 if self.reliable else 2, recoveries=int(self.reliable),
                                   duplicatesDropped=repeated))
        self.emulator.child.terminate()
        self.see("the emulator ends cleanly when it is told to", lambda: self.emulator.child.poll() == 0)
        key = re.search("AccessKey=([^;]+)", self.connection_string).group(1)
        self.see("no line has shown a secret",
                 lambda: not any(shows_secret(line, key) for line in self.alice.lines + self.bob.lines
                                 + self.emulator.lines[self.ready_lines:]))

    @staticmethod
    def ended(client):
        asked = [record["ackId"] for record in client.records if "ackId" in record and record["kind"] == "command"]
        answered = [event["ackId"] for event in client.events("requestCompleted")]
        return client.events("stopped") and client.child.poll() == 0 and sorted(asked) == sorted(answered)

    @staticmethod
    def counters(client, **expected):
        return any(record["kind"] == "counters" and expected.items() <= record.items() for record in client.records)

    def summary(self):
        """In numbers, from the records."""
        frames = sum(len(client.frames(direction)) for client in self.clients for direction in ("sent", "received"))
        cuts = sum(record.get("command") == "cut" for record in self.bob.records)
        recoveries = len(self.bob.events("recovered"))
        published = [frame["data"] for frame in self.alice.frames("sent", type="sendToGroup", group=GROUP)]
        got = self.bob.data()
        missed = [data for data in self.bob.data(self.lost) if data in DURING_THE_CUT]
        return (f"{len(self.facts)} facts seen in {time.monotonic() - self.screen.start:.1f} s: {frames} frames, "
                f"{cuts} cut, {recoveries} recovery, {len(missed)} missed messages replayed, "
                f"{len(set(published) - set(got))} lost, {len(got) - len(set(got))} doubled")

    def end(self):
        for process in reversed(self.processes):
            process.end()


def main():
    parser = argparse.ArgumentParser(usage=__doc__.strip(), add_help=False)
    parser.add_argument("--subprotocol", choices=SUBPROTOCOLS, default=SUBPROTOCOLS[0])
    parser.add_argument("build")
    arguments = parser.parse_args()

    def interrupted(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    screen = Screen()
    demo = Demo(arguments.build, arguments.subprotocol, screen)
    try:
        demo.run()
    except NotSeen as missing:
        print("\n" + screen.paint("red", f"NOT SEEN: {missing}") + f" ({len(demo.facts)} facts were seen before)")
        return 1
    except OSError as problem:
        print(f"demo.py: {problem}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.end()
    print("\n" + screen.paint("bold", demo.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
