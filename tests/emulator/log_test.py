#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `--log frames` prints."""

import struct

from support.cases import INVALID_JSON, RELIABLE, WithEmulator, main
from support.websocket import BINARY, CLOSE, Client


class Log(WithEmulator):
    options = ("--log", "frames")

    def test_every_frame_has_a_line_with_its_meaning_and_without_secrets(self):
        client = self.connect_json(RELIABLE)
        client.ask({"type": "joinGroup", "group": "a\nb", "ackId": 1})
        client.send("\x1b[31mgarbage\n")
        client.wait_for_end()
        with Client(self.emulator) as simple:
            simple.send("access_token=secret&x=1")
            simple.receive()
            simple.send(b"\x00", BINARY)
            simple.receive()
        self.emulator.stop()
        log = "".join(self.emulator.log)
        prefix = r"(?m)^\d\d:\d\d:\d\d\.\d{3} chat " + client.hello["connectionId"]
        for line in (
                rf" open /client/hubs/chat\?access_token=REDACTED # {RELIABLE}$",
                r' -> \{.*"reconnectionToken":"REDACTED"\} # system/connected .*\(secret\)$',
                r' <- \{"type": "joinGroup", "group": "a\\nb", "ackId": 1\} # joinGroup group="a\.b" ackId=1$',
                r' -> \{"type":"ack","ackId":1,"success":true\} # ack ackId=1 success$',
                r" <- \\x1b\[31mgarbage\\x0a # not a message: .*$",
                rf" -> close 1007 # {INVALID_JSON}$",
                r" end \d+.*$"):
            self.assertRegex(log, prefix + line)
        for line in (r"open .* # no subprotocol", r"<- access_token=REDACTED&x=1 # text",
                     r"-> \(1 bytes\) # binary", r"end 1006"):
            self.assertRegex(log, r"(?m) chat [0-9a-f]{32} " + line + "$")
        self.assertNotIn(client.hello["reconnectionToken"], log)
        self.assertNotIn("secret&", log)
        self.assertNotIn(self.emulator.url.split("access_token=")[1], log)

    def test_the_end_has_the_code_of_the_client(self):
        client = self.connect_json()
        client.send(struct.pack(">H", 1014) + b"bad gateway", CLOSE)
        client.input.read()
        client.close()
        self.emulator.stop()
        self.assertRegex("".join(self.emulator.log), rf"{client.hello['connectionId']} end 1014 # bad gateway\n")


if __name__ == "__main__":
    main()
