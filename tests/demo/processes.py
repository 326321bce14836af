# SPDX-License-Identifier: MIT
"""What the demo runs and shows: processes, the records of the clients among them, and the screen."""

import json
import os
import subprocess
import sys
import threading
import time

GROUP = "news"
ROLES = [f"webpubsub.joinLeaveGroup.{GROUP}", f"webpubsub.sendToGroup.{GROUP}"]


class NotSeen(Exception):
    """What should have happened did not."""


class Screen:
    """Standard output: headings, and aligned lines, with colours where there is a terminal."""

    COLOURS = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

    def __init__(self):
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
        self.coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.start = time.monotonic()

    def paint(self, colour, text):
        return f"\033[{self.COLOURS[colour]}m{text}\033[0m" if self.coloured else text

    def heading(self, text):
        print("\n" + self.paint("bold", f"== {text} ".ljust(100, "=")))

    def line(self, at, who, mark, text, colour):
        text = "".join(c if c.isprintable() else "." for c in text)
        print(f"{at - self.start:8.3f}  {who:<10}" + self.paint(colour, f"{mark:<5}{text}"))

    def fact(self, text):
        print(self.paint("bold", f"{'ok':>8}  {text}"))


class Process:
    """A child. Its lines of output go to `inbox` as (process, line), with None for the end."""

    def __init__(self, name, command, inbox, environment=None):
        self.name = name
        self.lines = []
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
                                      errors="replace", env={**os.environ, **(environment or {})})
        self.reader = threading.Thread(target=self.read, args=[inbox], daemon=True)
        self.reader.start()

    def read(self, inbox):
        for line in self.child.stdout:
            inbox.put((self, line.rstrip("\n")))
        inbox.put((self, None))

    def take(self, line, screen):
        self.lines.append(line)

    def write(self, line):
        try:
            self.child.stdin.write(line + "\n")
            self.child.stdin.flush()
        except OSError as problem:
            raise NotSeen(f"{self.name} reads its commands ({problem})") from problem

    def end(self):
        """Ends it, by force if need be, and comes back when it is gone."""
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(3)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.reader.join(3)


class Client(Process):
    """A webpubsub-demo-client and all that it has told."""

    def __init__(self, name, program, inbox, connection_string, subprotocol):
        command = [program, "--name", name, "--subprotocol", subprotocol]
        for role in ROLES:
            command += ["--role", role]
        super().__init__(name, command, inbox, {"WEBPUBSUB_CONNECTION_STRING": connection_string})
        self.records = []

    def take(self, line, screen):
        super().take(line, screen)
        record = json.loads(line)
        at = record["at"] / 1000
        if record["kind"] == "frame":
            record["frame"] = json.loads(record["message"] or "{}")
            number = record["frame"].get("sequenceId")
            again = number is not None and number in self.numbers() and record["direction"] == "received"
            text = record["meaning"] + (" (again)" if again else "")
            if record["direction"] == "sent":
                screen.line(at, self.name, "-->", text, "cyan")
            else:
                screen.line(at, self.name, "<--", text, "green")
        elif record["kind"] == "command" and record["command"] in ("cut", "resume"):
            screen.line(at, self.name, "!", record["command"], "red")
        elif record["kind"] == "transport":
            screen.line(at, self.name, "~", record["what"], "yellow")
        elif record["kind"] == "event" and record["event"] not in ("groupMessage", "requestCompleted"):
            details = [f"{name}={value}" for name, value in record.items()
                       if value != "" and name not in ("at", "kind", "event")]
            screen.line(at, self.name, "*", " ".join([record["event"], *details]), "yellow")
        # Last, as a record counts once it is here.
        self.records.append(record)

    def frames(self, direction, since=0, **members):
        """The frames from the record of that index on whose JSON has these members."""
        return [r["frame"] for r in self.records[since:] if r["kind"] == "frame" and r["direction"] == direction
                and members.items() <= r["frame"].items()]

    def events(self, name, since=0, **members):
        return [r for r in self.records[since:] if r["kind"] == "event" and r["event"] == name
                and members.items() <= r.items()]

    def answer(self, command):
        """What the client said to the last command of these words."""
        said = [r for r in self.records if r["kind"] == "command" and r["command"] == command]
        return said[-1] if said else None

    def data(self, since=0):
        """What the application got from the group."""
        return [event["data"] for event in self.events("groupMessage", since, group=GROUP)]

    def numbers(self):
        """The sequence ids of the messages that came, in their order and with those that came again."""
        return [frame["sequenceId"] for frame in self.frames("received", type="message") if "sequenceId" in frame]

    def acknowledged(self, command):
        """Whether the service said yes to the command's request, and the client told its application."""
        answer = self.answer(command)
        return bool(answer and "ackId" in answer
                    and self.frames("received", type="ack", ackId=answer["ackId"], success=True)
                    and self.events("requestCompleted", ackId=answer["ackId"], status="succeeded"))

    def refused(self, command, why):
        answer = self.answer(command)
        return bool(answer and "ackId" in answer
                    and [ack for ack in self.frames("received", type="ack", ackId=answer["ackId"], success=False)
                         if ack["error"]["name"] == why]
                    and [event for event in self.events("requestCompleted", ackId=answer["ackId"], status="failed")
                         if event["error"]["name"] == why])
