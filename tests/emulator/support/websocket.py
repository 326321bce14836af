# SPDX-License-Identifier: MIT
"""WebSocket and HTTP over sockets, for clients that can also do what a client must not do."""

import json
import os
import socket
import struct

from .process import PATIENCE

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    def __init__(self, status, headers, body):
        super().__init__(f"{status} {body}")
        self.status, self.headers, self.body = status, headers, body


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Connection:
    """A WebSocket connection that can also do what a client must not do; before that, an HTTP request."""

    def __init__(self, emulator, request, tls=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", emulator.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.socket.sendall(request)
        self.input = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.input.close()
        self.socket.close()

    def send(self, payload, opcode=TEXT, final=True, masked=True, reserved=0):
        if not isinstance(payload, bytes):
            payload = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
        self.socket.sendall(frame(payload, opcode, final, masked, reserved))

    def receive(self):
        """The next message as (opcode, payload)."""
        first, second = self.exactly(2)
        size = second & 127
        if size == 126:
            size, = struct.unpack(">H", self.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.exactly(8))
        assert second < 128 and first & 0xF0 == 0x80
        payload = self.exactly(size)
        if first & 15 == CLOSE:
            code = struct.unpack(">H", payload[:2])[0] if payload else None
            raise Closed(code, payload[2:].decode())
        return first & 15, payload

    def receive_but_pings(self):
        """The next message that is no ping of the emulator: where machines are slow, one may come at any time."""
        while (message := self.receive())[0] == PING:
            pass
        return message

    def receive_json(self):
        opcode, payload = self.receive_but_pings()
        assert opcode == TEXT
        return json.loads(payload)

    def exactly(self, size):
        data = self.input.read(size)
        if len(data) != size:
            raise EOFError("the connection was cut")
        return data

    def ask(self, message):
        self.send(message)
        return self.receive_json()

    def wait_for_end(self):
        """The close frame that comes after whatever else; then the TCP connection ends."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            self.send(struct.pack(">H", closed.code), CLOSE)
            assert self.input.read() == b""
            return closed.code, closed.reason


def upgrade_request(target, subprotocol=None, headers=()):
    lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", *headers]
    if subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join(lines + ["", ""]).encode()


class Client(Connection):
    """One that is open. Raises `Refused` otherwise."""

    def __init__(self, emulator, target=None, subprotocol=None, headers=(), early=b"", **rest):
        if target is None:
            target = "/" + emulator.url.split("/", 3)[3]
        super().__init__(emulator, upgrade_request(target, subprotocol, headers) + early, **rest)
        try:
            status, self.headers, body = read_response(self.input)
            if status != 101:
                raise Refused(status, self.headers, body)
        except BaseException:
            self.close()
            raise
        assert self.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def frame(payload, opcode=TEXT, final=True, masked=True, reserved=0):
    head = bytes([(128 if final else 0) | reserved << 4 | opcode])
    mask_bit = 128 if masked else 0
    if len(payload) < 126:
        head += bytes([mask_bit | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack(">BH", mask_bit | 126, len(payload))
    else:
        head += struct.pack(">BQ", mask_bit | 127, len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)


def mask(payload, key):
    repeated = int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")
    return (int.from_bytes(payload, "big") ^ repeated).to_bytes(len(payload), "big")


def read_response(stream):
    status = stream.readline()
    if not status:
        raise EOFError("no answer")
    headers = {}
    while (line := stream.readline().strip()):
        name, value = line.decode().split(":", 1)
        headers[name.lower()] = value.strip()
    status = int(status.split()[1])
    if status == 100:  # and the answer is still to come
        return read_response(stream)
    return status, headers, stream.read(int(headers.get("content-length", 0))).decode()


def http(emulator, request):
    with socket.create_connection(("127.0.0.1", emulator.port), PATIENCE) as connection:
        connection.sendall(request if isinstance(request, bytes) else request.encode())
        with connection.makefile("rb") as stream:
            answer = read_response(stream)
            assert stream.read() == b"", "the connection goes on after a refusal"
            return answer
