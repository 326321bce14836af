# SPDX-License-Identifier: MIT
"""Makes malformed input of well-formed input; the same seed makes the same."""

import random
import re
import struct

from .websocket import BINARY, CLOSE, PING, PONG, TEXT, mask

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}\[\]:,]', re.DOTALL)
VALUES = [
    b"null", b"true", b"-1", b"-0", b"0", b"1.0", b"1e2", b"18446744073709551615", b"18446744073709551616", b"1e999",
    b"NaN", b"01", b'""', b'" "', b'"\t"', b'"\\u0000"', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xff"', b'"json"',
    b'"TEXT"', b'"protobuf"', b'"ackId"', b'"type"', b'"' + b"x" * 2000 + b'"', b"[]", b"{}", b"[" * 20 + b"]" * 20,
    b'{"":""}', b"{", b"]", b",", b"", b"'x'", b"/**/", b"\xef\xbb\xbf"]
BYTES = [
    b"\x00", b"\xff", b"\x80", b"\x7f", b"\xff" * 10, b"\x80" * 11, b"\xff\xff\xff\xff\x0f", b"\x08\x96\x01", b"\x0b",
    b"\x0c", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\r\n", b"\n", b"\t", b" ", b'"', b"\\", b"%", b"%00",
    b"%zz"]
LINES = [
    b"Upgrade: h2c", b"Connection: close", b"Connection: upgrade, x", b"Sec-WebSocket-Version: 8",
    b"Sec-WebSocket-Key: short", b"Sec-WebSocket-Protocol: a b", b"Sec-WebSocket-Extensions: x",
    b"Sec-WebSocket-Protocol: json.reliable.webpubsub.azure.v1", b"Authorization: Bearer x", b"Expect: 100-continue",
    b"Content-Length: 5", b"Content-Length: -1", b"Transfer-Encoding: chunked", b"Host:", b" folded", b": nameless",
    b"no colon", b"X\x00Y: z", b"X: \x7f\x01", b"X: " + b"y" * 80_000]
WORDS = [b"", b"/", b"POST", b"*", b"HTTP/1.0", b"HTTP/2", b"/client/?hub=", b"/" * 70_000]
CODES = [1000, 1001, 1005, 999, 3000, 4999]


class Mutator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def place(self, data):
        return self.random.randrange(len(data) + 1)

    def edit(self, data):
        """One edit of bytes, anywhere."""
        r, at = self.random, self.place(data)
        end = min(len(data), at + r.choice((1, 1, 2, 4, 16)))
        how = r.randrange(7)
        if how == 0 and data:
            at = r.randrange(len(data))
            return data[:at] + bytes([data[at] ^ 1 << r.randrange(8)]) + data[at + 1:]
        if how == 1:
            return data[:at] + r.randbytes(end - at) + data[end:]
        if how == 2:
            return data[:at] + data[end:]
        if how == 3:
            return data[:at] + data[at:end] * 2 + data[end:]
        if how == 4:
            return data[:at]
        other = self.place(data)
        return data[:at] + (r.choice(BYTES) if how == 5 else data[min(at, other):max(at, other)]) + data[at:]

    def edits(self, data):
        for _ in range(self.random.choice((1, 1, 1, 2, 4))):
            data = self.edit(data)
        return data

    def spliced(self, frames):
        """The beginning of one and the end of another."""
        a, b = self.random.choice(frames), self.random.choice(frames)
        return a[:self.place(a)] + b[self.place(b):]

    def message(self, frames):
        """Of binary or text frames."""
        if self.random.random() < 0.1:
            return self.spliced(frames)
        return self.edits(self.random.choice(frames))

    def json(self, texts):
        if self.random.random() < 0.5:
            return self.message(texts)
        tokens = TOKEN.findall(self.random.choice(texts))
        for _ in range(self.random.choice((1, 1, 2))):
            at, how = self.random.randrange(len(tokens)), self.random.randrange(4)
            if how == 0:
                del tokens[at]
            elif how == 1:
                tokens.insert(at, self.random.choice(tokens))
            else:
                tokens[at] = self.random.choice(VALUES)
            if not tokens:
                tokens = [b""]
        return b"".join(tokens)

    def frames(self, texts):
        """WebSocket frames of a message, with something in their way, their headers or their bytes changed."""
        r, text = self.random, self.random.choice(texts)
        cut = self.place(text)
        parts = r.choice((
            [(TEXT, True, text)], [(TEXT, False, text[:cut]), (0, True, text[cut:])],
            [(TEXT, False, text[:cut]), (PING, True, b"p"), (0, True, text[cut:])], [(PING, True, text[:125])],
            [(PONG, True, b"")], [(CLOSE, True, struct.pack(">H", r.choice(CODES)) + b"bye")],
            [(CLOSE, True, text[:r.randrange(3)])], [(BINARY, True, text)], [(TEXT, True, text.ljust(70_000))]))
        data = b"".join(self.frame(*part) for part in parts)
        return data if r.random() < 0.2 else self.edits(data) if r.random() < 0.2 else self.edit_header(data)

    def frame(self, opcode, final, payload):
        """Perhaps with a wrong header."""
        r, size = self.random, len(payload)
        wrong = r.random() < 0.4
        reserved = r.randrange(8) if wrong and r.random() < 0.3 else 0
        opcode = r.randrange(16) if wrong and r.random() < 0.3 else opcode
        final = final != (wrong and r.random() < 0.3)
        if wrong and r.random() < 0.3:
            size = r.choice((0, 1, size + 1, size + 3, 125, 126, 200, 65_535, 65_536, 1 << 20, 1 << 40, 1 << 63))
        form = 0 if size < 126 else 1 if size < 65_536 else 2
        if wrong and r.random() < 0.3:
            form = r.choice((form, 1, 2)) if size < 65_536 else 2
        length = ((bytes([128 | size]),) if form == 0 else (b"\xfe", struct.pack(">H", size)) if form == 1 else
                  (b"\xff", struct.pack(">Q", size)))
        key = r.randbytes(4)
        if wrong and r.random() < 0.2:
            return bytes([final << 7 | reserved << 4 | opcode, length[0][0] & 127]) + b"".join(length[1:]) + payload
        return bytes([final << 7 | reserved << 4 | opcode]) + b"".join(length) + key + mask(payload, key)

    def edit_header(self, data):
        at = self.random.randrange(min(len(data), 14))
        return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1:]

    def request(self, text):
        """An HTTP request that ends with an empty line somewhere."""
        r, lines = self.random, text.split(b"\r\n")[:-2]
        how, at = r.randrange(8), r.randrange(len(lines))
        if how == 0:
            del lines[at]
        elif how == 1:
            lines.insert(at, r.choice(lines))
        elif how == 2:
            lines.insert(r.randrange(len(lines) + 1), r.choice(LINES))
        elif how == 3:
            lines[at] = self.edit(lines[at])
        elif how == 4:
            first = lines[0].split(b" ")
            first[r.randrange(len(first))] = r.choice(WORDS)
            lines[0] = b" ".join(first)
        elif how == 5:
            lines[0] = self.edits(lines[0])
        text = b"\r\n".join(lines) + b"\r\n\r\n"
        text = self.edits(text) if how > 5 else text
        return text if b"\r\n\r\n" in text else text + b"\r\n\r\n"
