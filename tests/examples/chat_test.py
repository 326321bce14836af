#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the chat example against the emulator, everything on 127.0.0.1 and on ports that are free.

usage: chat_test.py CHAT_BEAST EMULATOR [TEST]...
"""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

CHAT = EMULATOR = None
# In seconds, for one thing that is waited for.
PATIENCE = 15
ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"


class Program:
    """A child, its lines of output, and a way to wait for one of them."""

    def __init__(self, test, command, environment=None):
        inherited = {name: value for name, value in os.environ.items() if name != "WEBPUBSUB_CONNECTION_STRING"}
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
    def __init__(self, test, *options, port=0):
        super().__init__(test, [EMULATOR, "--port", str(port), *options])
        self.url = self.wait_for("^client url: (.*)").group(1)
        self.connection_string = self.wait_for("^connection string: (.*)").group(1)
        self.port = int(re.match(r"wss?://[^/]*:(\d+)/", self.url).group(1))


class Chat(Program):
    def __init__(self, test, *arguments, **environment):
        super().__init__(test, [CHAT, *arguments], environment)
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


ROLES = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")


class ChatTest(unittest.TestCase):
    def chat(self, *arguments, **environment):
        return Chat(self, *arguments, **environment)

    def joined_chat(self, *arguments, **environment):
        chat = self.chat(*arguments, **environment)
        chat.wait_for(r"^\* joined ")
        return chat

    def pair(self, emulator, url_of_bob=lambda url: url):
        return (self.joined_chat(url_with(emulator, "alice", ROLES), "room"),
                self.joined_chat(url_of_bob(url_with(emulator, "bob", ROLES)), "room"))

    def assert_talk(self, one, other, name_of_one="alice", name_of_other="bob"):
        one.say("hello")
        other.wait_for(f"^{name_of_one}: hello$")
        other.say("and hello to you")
        one.wait_for(f"^{name_of_other}: and hello to you$")

    def assert_got(self, chat, sender, lines):
        """Each of them once and in this order."""
        self.assertEqual([line for line in chat.lines if line.startswith(sender + ": ")],
                         [f"{sender}: {line}" for line in lines])


class OverTcp(ChatTest):
    def test_two_chats_talk_and_end_with_their_input(self):
        alice, bob = self.pair(Emulator(self))
        self.assert_talk(alice, bob)
        alice.finish()
        bob.finish()
        self.assert_got(alice, "alice", [])

    def test_the_url_that_the_emulator_prints_works_as_it_is(self):
        emulator = Emulator(self)
        self.joined_chat(emulator.url, "room").finish()

    def test_another_group_hears_nothing(self):
        emulator = Emulator(self)
        alice, bob = self.pair(emulator)
        carol = self.joined_chat(url_with(emulator, "carol", ROLES), "elsewhere")
        carol.say("anybody here?")
        self.assert_talk(alice, bob)
        carol.finish()
        self.assert_got(alice, "carol", [])

    def test_what_comes_can_not_control_the_terminal(self):
        alice, bob = self.pair(Emulator(self))
        alice.say("a\x1b[31mred\x07")
        bob.wait_for(r"^alice: a\?\[31mred\?$")

    def test_every_line_of_a_long_input_arrives_before_the_end(self):
        alice, bob = self.pair(Emulator(self))
        lines = [f"line {number}" for number in range(1, 2501)]
        alice.say(*lines)
        alice.finish()
        bob.wait_for("^alice: line 2500$")
        self.assert_got(bob, "alice", lines)

    def test_an_interrupt_ends_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                emulator = Emulator(self, "--log", "frames")
                chat = self.joined_chat(emulator.url, "room")
                chat.child.send_signal(number)
                self.assertEqual(chat.child.wait(PATIENCE), 0)
                emulator.wait_for(" end 1000$")

    def test_a_refused_publish_is_told(self):
        emulator = Emulator(self)
        chat = self.joined_chat(url_with(emulator, "alice", ["webpubsub.joinLeaveGroup"]), "room")
        chat.say("hello")
        chat.wait_for(r"^\* line 1: Forbidden: ")
        chat.finish()

    def test_a_refused_join_is_told(self):
        chat = self.chat(url_with(Emulator(self), "alice", ["webpubsub.sendToGroup"]), "room")
        chat.wait_for(r"^\* joining the group: Forbidden: ")
        chat.finish()

    def test_a_url_with_a_wrong_token_is_told(self):
        chat = self.chat(url_with(Emulator(self), key="x" * 40), "room")
        chat.wait_for(r"^\* HTTP status 401$")
        chat.say("hello")
        chat.child.stdin.close()
        chat.wait_for(r"^\* line 1: perhaps not sent$")
        chat.finish()

    def test_wrong_use_is_told(self):
        for arguments in ([], ["room"], ["not a url", "room"], ["ws://127.0.0.1:1/client/hubs/chat"]):
            with self.subTest(arguments):
                chat = self.chat(*arguments)
                chat.finish(status=1)
                self.assertEqual(len(chat.lines), 2)

    def test_a_connection_string_in_the_environment_serves_instead_of_a_url(self):
        emulator = Emulator(self)
        service = {"WEBPUBSUB_CONNECTION_STRING": emulator.connection_string}
        alice = self.joined_chat("room", **service, USER="alice")
        bob = self.joined_chat("room", **service, USER="bob")
        self.assert_talk(alice, bob)
        self.assertNotIn(ACCESS_KEY, "\n".join(alice.finish() + bob.finish()))


class Broken(ChatTest):
    def test_a_cut_connection_is_recovered_with_nothing_lost_or_doubled(self):
        emulator = Emulator(self)
        proxy = Proxy(self, emulator.port)
        alice, bob = self.pair(emulator, lambda url: through(proxy, url))
        sent = []
        for cut in range(3):
            for number in range(10):
                sent.append(f"message {cut}-{number}")
                alice.say(sent[-1])
                if number == 5:
                    before = len(bob.lines)
                    proxy.cut()
            bob.wait_for(r"^\* connection lost, recovering$", before)
            bob.wait_for(r"^\* recovered", before)
            bob.say(f"here again {cut}")
            alice.wait_for(f"^bob: here again {cut}$")
        alice.say("the last")
        bob.wait_for("^alice: the last$")
        self.assert_got(bob, "alice", sent + ["the last"])
        self.assert_got(alice, "bob", [f"here again {cut}" for cut in range(3)])
        self.assertEqual([line for line in bob.lines if "disconnected" in line], [])
        bob.finish()

    def test_a_service_that_starts_anew_gets_a_new_connection(self):
        emulator = Emulator(self)
        alice, bob = self.pair(emulator)
        before = len(bob.lines)
        emulator.child.kill()
        emulator.child.wait()
        bob.wait_for(r"^\* connection lost, recovering$", before)
        Emulator(self, port=emulator.port)
        for chat in (alice, bob):
            chat.wait_for(r"^\* disconnected, connecting again")
            chat.wait_for(r"^\* connected as ", before)
        # The rejoin of the other is not to be seen from here.
        deadline = time.monotonic() + PATIENCE
        while not any(line.startswith("alice: ") for line in bob.lines) and time.monotonic() < deadline:
            alice.say("still there?")
            time.sleep(0.1)
        bob.wait_for(r"^alice: still there\?$")


class OverTls(ChatTest):
    @classmethod
    def setUpClass(cls):
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("there is no openssl to make certificates")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.make_certificates()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def make_certificates(cls):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=cls.folder, check=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)

        def extensions(name, *lines):
            with open(cls.path(name), "w", encoding="ascii") as file:
                file.write("\n".join(["[req]", "distinguished_name = name", "[name]", "[extensions]", *lines, ""]))

        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        extensions("ca.cnf", "basicConstraints = critical, CA:TRUE", "keyUsage = keyCertSign")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test CA",
                "-config", "ca.cnf", "-extensions", "extensions")
        for name, hosts in (("good", "DNS:localhost, IP:127.0.0.1"), ("wrong", "DNS:elsewhere.test, IP:127.0.0.2")):
            extensions(f"{name}.cnf", f"subjectAltName = {hosts}")
            openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost",
                    "-config", f"{name}.cnf")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    "-days", "2", "-out", f"{name}.pem", "-extfile", f"{name}.cnf", "-extensions", "extensions")

    def emulator(self, certificate):
        emulator = Emulator(self, "--tls-cert", self.path(f"{certificate}.pem"),
                            "--tls-key", self.path(f"{certificate}.key"))
        self.assertTrue(emulator.url.startswith("wss://"))
        return emulator

    def assert_refused(self, chat):
        chat.wait_for(r"^\* certificate verify failed")
        chat.wait_for(r"^\* can't connect, attempt 1")
        self.assertEqual([line for line in chat.finish() if "connected as" in line], [])

    def test_a_private_ca_is_accepted_when_it_is_named(self):
        emulator = self.emulator("good")
        by_address = self.joined_chat(emulator.url, "room", "--ca", self.path("ca.pem"))
        by_name = self.joined_chat(emulator.url.replace("127.0.0.1", "localhost"), "room", "--ca", self.path("ca.pem"))
        self.assert_talk(by_address, by_name, "nobody", "nobody")
        by_address.finish()
        by_name.finish()

    def test_a_private_ca_is_refused_otherwise(self):
        self.assert_refused(self.chat(self.emulator("good").url, "room"))

    def test_a_certificate_for_another_host_is_refused(self):
        emulator = self.emulator("wrong")
        for host in ("127.0.0.1", "localhost"):
            with self.subTest(host):
                self.assert_refused(
                    self.chat(emulator.url.replace("127.0.0.1", host), "room", "--ca", self.path("ca.pem")))

    def test_a_cut_connection_is_recovered(self):
        emulator = self.emulator("good")
        proxy = Proxy(self, emulator.port)
        chat = self.joined_chat(through(proxy, emulator.url), "room", "--ca", self.path("ca.pem"))
        proxy.cut()
        chat.wait_for(r"^\* connection lost, recovering$")
        chat.wait_for(r"^\* recovered")
        chat.finish()

    def test_a_connection_string_serves_too(self):
        emulator = self.emulator("good")
        chat = self.joined_chat("room", "--ca", self.path("ca.pem"),
                                WEBPUBSUB_CONNECTION_STRING=emulator.connection_string)
        chat.finish()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    CHAT, EMULATOR = sys.argv[1:3]
    result = unittest.main(argv=sys.argv[:1] + sys.argv[3:], exit=False, verbosity=2).result
    # What is skipped altogether is not passed.
    if result.wasSuccessful() and result.testsRun == 0:
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
