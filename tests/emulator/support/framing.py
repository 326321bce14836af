# SPDX-License-Identifier: MIT
"""What a service that keeps to RFC 6455 makes of the bytes of a client, for one to compare with."""

import codecs

from .websocket import BINARY, CLOSE, PING, PONG, TEXT, mask

MAX_MESSAGE = 1 << 20


class Reading:
    """`judge` takes the payload of a text message and gives the answers that it must get, or None to refuse it."""

    def __init__(self, judge):
        self.judge = judge
        self.codes = None  # of the close frame that must come, once one must
        self.answers = []
        self.input = b""
        self.message = None  # opcode and UTF-8 decoder
        self.payload = b""
        self.frame = None  # opcode, final, bytes to go, key, place in the key

    def feed(self, data):
        self.input += data
        while self.codes is None and self.step():
            pass

    def missing(self):
        """How many bytes to the end of the frame or of its header."""
        if self.codes is not None or (self.frame is None and not self.input):
            return 0
        if self.frame:
            return self.frame[2]
        return self.header_size() - len(self.input)

    def header_size(self):
        if len(self.input) < 2:
            return 2
        first, second = self.input[:2]
        size = 2 + {126: 2, 127: 8}.get(second & 127, 0) + (4 if second & 128 else 0)
        # Control frames are read as a whole.
        if first & 15 in (CLOSE, PING, PONG) and second & 127 < 126:
            size += second & 127
        return size

    def step(self):
        """Whether that led further."""
        return self.take_payload() if self.frame else self.take_header()

    def close(self, *codes):
        self.codes = codes
        return True

    def take_header(self):
        if len(self.input) < self.header_size() or len(self.input) < 2:
            return False
        first, second = self.input[:2]
        opcode, final, size = first & 15, first >> 7, second & 127
        known = opcode in (0, TEXT, BINARY, CLOSE, PING, PONG)
        control = opcode >= 8
        in_order = control or (opcode == 0) == (self.message is not None)
        if not known or first & 0x70 or not in_order or not second & 128 or (control and (not final or size > 125)):
            return self.close(1002)
        head = 2
        if size > 125:
            width, least = ((2, 126), (8, 65_536))[size - 126]
            size, head = int.from_bytes(self.input[2:2 + width], "big"), 2 + width
            if size < least:
                return self.close(1002)
        key = self.input[head:head + 4]
        if control:
            payload = mask(self.input[head + 4:head + 4 + size], key)
            self.input = self.input[head + 4 + size:]
            return self.take_control(opcode, payload)
        self.input = self.input[head + 4:]
        if opcode != 0:
            self.message = opcode, codecs.getincrementaldecoder("utf-8")()
        self.frame = opcode, final, size, key, 0
        return True

    def take_control(self, opcode, payload):
        if opcode == PING:
            self.answers.append(("WebSocket pong", payload))
        if opcode != CLOSE:
            return True
        if not payload:
            return self.close(1000, None)
        code = int.from_bytes(payload[:2], "big")
        try:
            payload[2:].decode()
        except UnicodeDecodeError:
            return self.close(1002, 1007)
        valid = code in (*range(1000, 1004), *range(1007, 1014)) or 3000 <= code < 5000
        if len(payload) < 2 or not valid:
            # Nobody has defined those from 5000.
            return self.close(1002, *[code][:code >= 5000])
        return self.close(code)

    def take_payload(self):
        opcode, final, size, key, at = self.frame
        chunk = mask(self.input[:size], key[at % 4:] + key[:at % 4])
        if not chunk and size > 0:
            return False
        self.input = self.input[size:]
        self.payload += chunk
        size -= len(chunk)
        self.frame = (opcode, final, size, key, at + len(chunk)) if size > 0 else None
        if self.message[0] == TEXT:
            try:
                self.message[1].decode(chunk, final=final == 1 and size == 0)
            except UnicodeDecodeError:
                return self.close(1007)
        if len(self.payload) > MAX_MESSAGE:
            return self.close(1009)
        if size > 0 or not final:
            return True
        payload, self.payload = self.payload, b""
        kind, self.message = self.message[0], None
        if kind == BINARY:
            return self.close(1003)
        answers = self.judge(payload)
        if answers is None:
            return self.close(1007)
        self.answers += answers
        return True
