#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one of the chat examples against the emulator, everything on 127.0.0.1 and on ports that are free. What is
expected of them is the same, whatever their WebSocket stack is.

usage: chat_test.py CHAT EMULATOR [TEST]...
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from chat_peers import ACCESS_KEY, PATIENCE, Chat, Emulator, Proxy, Service, through, url_with

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

    def test_a_line_that_takes_many_reads_and_writes_arrives_whole(self):
        alice, bob = self.pair(Emulator(self))
        line = "0123456789" * 50000
        alice.say(line, "the next")
        bob.wait_for("^alice: the next$")
        self.assert_got(bob, "alice", [line, "the next"])

    def test_a_last_line_without_an_end_is_sent_too(self):
        alice, bob = self.pair(Emulator(self))
        alice.child.stdin.write("one\ntwo")
        alice.finish()
        bob.wait_for("^alice: two$")
        self.assert_got(bob, "alice", ["one", "two"])

    def test_they_talk_whatever_the_subprotocols_are(self):
        emulator = Emulator(self)
        alice = self.joined_chat(url_with(emulator, "alice", ROLES), "room")
        for name in ("json", "protobuf", "protobuf.reliable"):
            with self.subTest(name):
                bob = self.joined_chat(url_with(emulator, "bob", ROLES), "room",
                                       "--subprotocol", f"{name}.webpubsub.azure.v1")
                # In protobuf it is not told who sent a message.
                self.assert_talk(alice, bob, "alice" if name == "json" else "nobody", "bob")
                bob.finish()

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
        chat.wait_for(r"^\* can't connect, attempt 1: HTTP status 401$")
        chat.wait_for(r"^\* stopped: ")
        chat.finish()

    def test_what_was_never_sent_is_told(self):
        chat = self.chat("ws://127.0.0.1:1/client/hubs/chat", "room")
        chat.wait_for(r"^\* can't connect, attempt 1: ")
        chat.say("hello")
        chat.child.stdin.close()
        chat.wait_for(r"^\* line 1: not_sent$")
        chat.finish()

    def test_wrong_use_is_told(self):
        for arguments in ([], ["room"], ["", "room"], ["not a url", "room"], ["ws://127.0.0.1:1/client/hubs/chat"]):
            with self.subTest(arguments):
                chat = self.chat(*arguments)
                lines = chat.finish(status=1)
                self.assertIn(len(lines), (1, 2))

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

    def test_how_a_connection_ended_reaches_the_client(self):
        for ending, line in ((None, r"^\* connection lost, recovering$"),
                             (b"\x03\xe9away", r"^\* connection lost, recovering$"),
                             (b"\x03\xf0no more", r"^\* disconnected, connecting again: no more$")):
            with self.subTest(ending):
                chat = self.chat(Service(self, ending).url, "room")
                chat.wait_for(r"^\* connected as eve$")
                chat.wait_for(line)
                first = next(line for line in chat.lines if re.search("lost|disconnected", line))
                self.assertRegex(first, line)
                chat.child.kill()

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
            openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
                    "-config", f"{name}.cnf")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    "-days", "2", "-out", f"{name}.pem", "-extfile", f"{name}.cnf", "-extensions", "extensions")

    def emulator(self, certificate):
        emulator = Emulator(self, "--tls-cert", self.path(f"{certificate}.pem"),
                            "--tls-key", self.path(f"{certificate}.key"))
        self.assertTrue(emulator.url.startswith("wss://"))
        return emulator

    def assert_refused(self, chat):
        chat.wait_for(r"^\* .*certificate")
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
    Chat.program, Emulator.program = sys.argv[1:3]
    result = unittest.main(argv=sys.argv[:1] + sys.argv[3:], exit=False, verbosity=2).result
    # What is skipped altogether is not passed.
    if result.wasSuccessful() and result.testsRun == 0:
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
