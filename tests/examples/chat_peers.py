# SPDX-License-Identifier: MIT
"""What chat_test.py runs: a chat, the emulator, and what stands between or in place of the latter."""

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import struct
import subprocess
import threading
import time

# In seconds, for one thing that is waited for.
PATIENCE = 15
ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"


class Program:
    """A child, its lines of output, and a way to wait for one of them."""

    def __init__(self, test, command, environment=None):
        inherited = {name: value for name, value in os.environ.items()
                     if name != "WEBPUBSUB_CONNECTION_STRING" and not name.lower().endswith("_proxy")}
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      encoding="utf-8", errors="replace", env={**inherited, **(environment or {})})
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        test.addCleanup(self.end)

    def read(self):
        for line in self.child.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(end)")
            self.changed.notify_all()

    def wait_for(self, pattern, since=0):
        """The first match of a line from that one on; the lines so far are in the message of a failure."""
        def find():
            return next((found for line in self.lines[since:] if (found := re.search(pattern, line))), None)

        with self.changed:
            if not self.changed.wait_for(find, PATIENCE):
                raise AssertionError(f"no line like {pattern!r} in time, but:\n" + "\n".join(self.lines))
            return find()

    def end(self):
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.reader.join(PATIENCE)
        self.child.stdout.close()
        if not self.child.stdin.closed:
            self.child.stdin.close()


class Emulator(Program):
    program = None

    def __init__(self, test, *options, port=0):
        super().__init__(test, [self.program, "--port", str(port), *options])
        self.url = self.wait_for("^client url: (.*)").group(1)
        self.connection_string = self.wait_for("^connection string: (.*)").group(1)
        self.port = int(re.match(r"wss?://[^/]*:(\d+)/", self.url).group(1))


class Chat(Program):
    program = None

    def __init__(self, test, *arguments, **environment):
        super().__init__(test, [self.program, *arguments], environment)
        self.test = test

    def say(self, *lines):
        self.child.stdin.write("".join(line + "\n" for line in lines))
        self.child.stdin.flush()

    def finish(self, status=0):
        """Ends its input; it has to end by itself, and must not have printed a secret."""
        if not self.child.stdin.closed:
            self.child.stdin.close()
        self.test.assertEqual(self.child.wait(PATIENCE), status)
        self.reader.join(PATIENCE)
        self.test.assertNotIn("eyJ", "\n".join(self.lines))
        self.test.assertNotIn("token=", "\n".join(self.lines))
        return self.lines[:-1]


class Proxy:
    """Hands TCP connections on to a port, until they are cut."""

    def __init__(self, test, port):
        self.port_behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self.accept, daemon=True).start()
        test.addCleanup(self.end)

    def accept(self):
        while True:
            try:
                front, _ = self.listener.accept()
                back = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                return
            self.sockets += [front, back]
            for pair in ((front, back), (back, front)):
                threading.Thread(target=self.copy, args=pair, daemon=True).start()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        """Resets every connection, on both sides."""
        cut, self.sockets = self.sockets, []
        for end in cut:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # Wakes the thread that reads, which keeps the connection open otherwise.
            try:
                end.shutdown(socket.SHUT_RD)
            except OSError:
                pass
            end.close()

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()


class Service:
    """A service that says `connected` to whoever connects, and then ends the connection as it is told to."""

    GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    def __init__(self, test, ending):
        self.ending = ending
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/client/hubs/chat"
        threading.Thread(target=self.accept, daemon=True).start()
        test.addCleanup(self.listener.close)
        test.addCleanup(self.listener.shutdown, socket.SHUT_RDWR)

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[peer], daemon=True).start()

    def serve(self, peer):
        with peer:
            request = b""
            while b"\r\n\r\n" not in request:
                request += peer.recv(65536)
            key, offered = (re.search(rb"(?i)\r\nsec-websocket-" + name + rb": *([^\r]*)", request).group(1)
                            for name in (b"key", b"protocol"))
            accept = base64.b64encode(hashlib.sha1(key + self.GUID).digest())
            peer.sendall(b"\r\n".join([
                b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade",
                b"Sec-WebSocket-Accept: " + accept, b"Sec-WebSocket-Protocol: " + offered, b"", b""]))
            connected = {"type": "system", "event": "connected", "userId": "eve", "connectionId": "c",
                         "reconnectionToken": "t"}
            text = json.dumps(connected).encode()
            # In two fragments.
            peer.sendall(self.frame(0x01, text[:50]) + self.frame(0x80, text[50:]))
            if self.ending is not None:
                peer.sendall(self.frame(0x88, self.ending))
            # The peer says what it has to say, its answer included; a reset would overtake the frame.
            peer.settimeout(0.5)
            try:
                while peer.recv(65536):
                    pass
            except OSError:
                pass

    @staticmethod
    def frame(first_byte, payload):
        assert len(payload) < 126
        return bytes([first_byte, len(payload)]) + payload


def through(proxy, url):
    return re.sub(r":\d+/", f":{proxy.port}/", url, count=1)


def url_with(emulator, user=None, roles=(), key=ACCESS_KEY):
    """A client URL of the hub `chat`, as any service SDK makes one."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    claims = {"aud": f"http://127.0.0.1:{emulator.port}/client/hubs/chat", "exp": int(time.time()) + 600,
              "role": list(roles), **({"sub": user} if user else {})}
    signed = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"ws://127.0.0.1:{emulator.port}/client/hubs/chat?access_token={signed}.{encode(signature)}"
