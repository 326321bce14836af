#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the REST API does, over HTTP as it comes."""

import socket

from support.cases import JSON, RELIABLE, WithEmulator, main
from support.process import KEY, PATIENCE
from support.rest import Caller, token
from support.websocket import Closed, read_response


class WithCaller(WithEmulator):
    def setUp(self):
        super().setUp()
        self.rest = Caller(self.emulator)
        self.addCleanup(self.rest.close)


class RestCalls(WithCaller):
    def test_health_and_what_is_not_there(self):
        for method in ("GET", "HEAD"):
            answer = self.rest.call(method, "/api/health", authorization="")
            self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(self.rest.call("GET", "/api/x").status, 404)
        answer = self.rest.call("PATCH", "/users/u")
        self.assertEqual(answer.status, 405)
        self.rest.close()
        answer = self.rest.call("GET", "/users/u")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "HEAD"))
        self.assertEqual(self.rest.call("POST", "/api/health").headers["Allow"], "GET, HEAD")
        for path in ("/", "/client/hubs/chat", "/api/hubs/chat/users/u"):
            answer = self.exchange(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            self.assertTrue(answer.endswith(b"\r\n\r\n"), answer)
        authorization = "Bearer " + token(self.emulator.origin + "/api/hubs/chat/:send")
        whole = self.exchange(f"POST {self.emulator.origin}/api/hubs/chat/%3Asend HTTP/1.1\r\nHost: x\r\n"
                              f"Authorization: {authorization}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
        self.assertTrue(whole.startswith(b"HTTP/1.1 202"), whole)

    def exchange(self, request):
        with socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as stream:
                return stream.read()

    def test_messages_of_each_type_arrive_over_one_connection(self):
        client = self.connect_json(target=self.emulator.target(sub="ann"))
        for body, content_type, data_type, data in (
                ("h\u00e4?".encode(), "text/plain; charset=UTF-8", "text", "h\u00e4?"),
                (b'{"a":1}', "application/json", "json", {"a": 1}),
                (b"\x00\xff", "application/octet-stream", "binary", "AP8="),
                (b"", "text/plain", "text", "")):
            answer = self.rest.send("/users/ann", body, content_type)
            self.assertEqual((answer.status, answer.body), (202, b""))
            received = client.receive_json()
            self.assertEqual((received["from"], received["dataType"], received["data"]), ("server", data_type, data))
        self.assertIn("2024-12-01", answer.headers["api-supported-versions"])

    def test_filters_exclusions_and_groups_choose_who_gets_a_message(self):
        ann = self.connect_json(target=self.emulator.target(sub="O'Brien"))
        bob = self.connect_json(target=self.emulator.target(sub="bob"))
        self.assertEqual(self.rest.call("PUT", "/users/bob/groups/g%20h").status, 200)
        self.assertEqual(self.rest.send("", "1", filter="userId eq 'O''Brien'").status, 202)
        self.assertEqual(self.rest.send("", "2", excluded=[ann.hello["connectionId"], "x"]).status, 202)
        self.assertEqual(self.rest.send("/groups/g%20h", "3", messageTtlSeconds=1).status, 202)
        self.assertEqual(self.rest.send("", "4").status, 202)
        self.assertEqual([ann.receive_json()["data"] for _ in range(2)], ["1", "4"])
        self.assertEqual([bob.receive_json()["data"] for _ in range(3)], ["2", "3", "4"])
        broken = self.rest.send("", "5", filter="userId lt 1")
        self.assertEqual((broken.status, broken.code), (400, "Error.BadRequest"))
        self.assertEqual(broken.json["message"], "Invalid syntax for 'userId lt 1': Type 'string', expect 'int'. "
                                                 "(Parameter 'filter')")

    def test_a_detached_client_gets_what_was_sent_meanwhile(self):
        client = self.connect_json(RELIABLE)
        client.close()
        connection = client.hello["connectionId"]
        self.assertEqual(self.rest.call("HEAD", "/connections/" + connection).status, 200)
        self.assertEqual(self.rest.send("/connections/" + connection, "later").status, 202)
        again = self.connect_json(RELIABLE, target=self.recovery(client.hello))
        self.assertEqual(again.receive_json()["data"], "later")

    def test_closing_tells_the_reason(self):
        client = self.connect_json()
        answer = self.rest.call("DELETE", "/connections/" + client.hello["connectionId"], reason="good\r\nbye")
        self.assertEqual(answer.status, 204)
        self.assertEqual(client.receive_json()["message"],
                         "Application server closed the connection. Reason: good\r\nbye")
        with self.assertRaises(Closed) as closed:
            client.receive()
        self.assertEqual((closed.exception.code, closed.exception.reason), (1000, ""))
        gone = self.rest.call("HEAD", "/connections/" + client.hello["connectionId"])
        self.assertEqual((gone.status, gone.code, gone.body), (404, "Warning.Connection.NotExisted", b""))

    def test_permissions_count_at_once(self):
        client = self.connect_json(target=self.emulator.target())
        connection = client.hello["connectionId"]
        ask = {"type": "joinGroup", "group": "g"}
        self.assertFalse(client.ask({**ask, "ackId": 1})["success"])
        path = f"/permissions/joinLeaveGroup/connections/{connection}"
        self.assertEqual(self.rest.call("PUT", path, targetName="g").status, 200)
        self.assertEqual(self.rest.call("HEAD", path, targetName="g").status, 200)
        self.assertTrue(client.ask({**ask, "ackId": 2})["success"])
        self.assertEqual(self.rest.call("DELETE", path, targetName="g").status, 204)
        self.assertEqual(self.rest.call("HEAD", path, targetName="g").code, "Info.Connection.NotExisted")
        self.assertEqual(self.rest.call("PUT", path).status, 400)

    def test_lists_go_on_where_their_links_say(self):
        for _ in range(5):
            self.connect_json(target=self.emulator.target(**{"webpubsub.group": "g"}))
        seen, link = [], None
        while True:
            path = link[len(self.emulator.origin):] if link else "/groups/g/connections?maxpagesize=2"
            page = self.rest.call("GET", path).json
            seen += [each["connectionId"] for each in page["value"]]
            link = page.get("nextLink")
            if link is None:
                break
        self.assertEqual((len(seen), seen), (5, sorted(set(seen))))

    def test_an_escaped_slash_stays_as_the_service_has_it(self):
        client = self.connect_json(target=self.emulator.target(**{"webpubsub.group": ["a%2Fb", "a/b"]}))
        self.rest.send("/groups/a%2Fb", "1")
        self.assertEqual(client.receive_json()["group"], "a%2Fb")


class BadRestCalls(WithCaller):
    def test_only_good_tokens_of_this_service_call(self):
        target = "/api/hubs/chat/:send"
        good = self.emulator.origin + target
        for what, bearer in (("none", ""), ("another scheme", "Basic x"), ("junk", "Bearer x.y.z"),
                             ("a wrong key", "Bearer " + token(good, "x" * 40)),
                             ("expired", "Bearer " + token(good, exp=1)),
                             ("another audience", "Bearer " + token("http://other" + target)),
                             ("alg none", "Bearer " + token(good, header={"alg": "none"})),
                             ("another algorithm", "Bearer " + token(good, header={"alg": "RS256"})),
                             ("a client's", "Bearer " + token(self.emulator.origin + "/client/hubs/chat"))):
            with self.subTest(what):
                answer = self.rest.call("POST", "/:send", "x", {"Content-Type": "text/plain"}, authorization=bearer)
                self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, "Bearer"))
        self.assertEqual(self.rest.call("POST", "/:send", "x", authorization="Bearer " + token(
            f"http://localhost:{self.emulator.port}/API/hubs/chat/:send?x=y")).status, 202)
        self.assertEqual(self.rest.call("POST", "/:generateToken").status, 401)

    def test_a_user_id_is_data_in_a_filter(self):
        ann = self.connect_json(target=self.emulator.target(sub="ann"))
        evil = "x' or 'a' eq 'a"
        self.rest.send("", "all", filter=f"userId eq '{evil.replace(chr(39), chr(39) * 2)}'")
        self.rest.send("", "end")
        self.assertEqual(ann.receive_json()["data"], "end")

    def test_bad_bodies_are_refused_and_the_next_call_goes_on(self):
        self.assertEqual(self.rest.send("", "{", "application/json").status, 400)
        self.assertEqual(self.rest.send("", b"\xff", "text/plain").status, 400)
        self.assertEqual(self.rest.send("", "x", "application/x-protobuf").status, 415)
        self.assertEqual(self.rest.send("", b"\xe4", "text/plain; charset=latin1").status, 202)
        self.assertEqual(self.rest.send("", b"x" * (1 << 20)).status, 202)
        big = self.rest.send("", b"x" * ((1 << 20) + 1))
        self.assertEqual((big.status, big.json["message"]), (400, "Invalid Content-Length header."))
        self.rest.close()
        chunked = self.rest.call("POST", "/:send", iter([b"x"]), {"Content-Type": "text/plain"})
        self.assertEqual(chunked.status, 400)
        self.assertEqual(self.rest.call("POST", "/:addToGroups", "{}", {"Content-Type": "text/plain"}).status, 415)
        self.assertEqual(self.rest.send("", "end").status, 202)

    def exchange(self, request):
        with socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as stream:
                return read_response(stream)

    def test_what_a_client_announces_and_does_not_send_holds_up_nobody(self):
        authorization = "Bearer " + token(self.emulator.origin + "/api/hubs/chat/:send")
        head = (f"POST /api/hubs/chat/:send HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
                "Content-Type: text/plain\r\n").encode()
        # More than a body may have is refused before it comes.
        status, _, _ = self.exchange(head + b"Content-Length: 99999999999\r\n\r\n")
        self.assertEqual(status, 400)
        status, _, _ = self.exchange(head + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\nhi")
        self.assertEqual(status, 202)
        status, _, _ = self.exchange(head + b"Content-Length: x\r\n\r\nhi")
        self.assertEqual(status, 400)
        with socket.create_connection(("127.0.0.1", self.emulator.port), 30) as slow:
            slow.sendall(head + b"Content-Length: 10\r\n\r\nx")
            self.assertEqual(self.rest.send("", "others go on").status, 202)
            self.assertEqual(slow.recv(1), b"")


class Unlisted(WithCaller):
    hub_config = {"unlistedHubs": "refuse", "encodedSlashes": "decode", "hubs": {"chat": {}}}

    def test_calls_of_a_hub_that_is_not_served_are_refused(self):
        self.assertEqual(self.rest.send("", "x").status, 202)
        other = Caller(self.emulator, "other")
        self.addCleanup(other.close)
        self.assertEqual(other.send("", "x").status, 404)

    def test_escaped_slashes_are_slashes_where_that_is_wanted(self):
        client = self.connect_json(target=self.emulator.target(**{"webpubsub.group": ["a%2Fb", "a/b"]}))
        self.rest.send("/groups/a%2Fb", "1")
        self.assertEqual(client.receive_json()["group"], "a/b")


class OtherNames(WithEmulator):
    options = ("--secondary-key", "s" * 40, "--public-endpoint", "https://chat.example.net")

    def test_the_second_key_and_a_public_name_are_as_good(self):
        rest = Caller(self.emulator)
        self.addCleanup(rest.close)
        for audience, key, status in (("https://chat.example.net", "s" * 40, 202), ("http://127.0.0.1", KEY, 401),
                                      (self.emulator.origin, "s" * 40, 202), ("https://other.example.net", KEY, 401)):
            bearer = "Bearer " + token(audience + "/api/hubs/chat/:send", key)
            self.assertEqual(rest.call("POST", "/:send", "x", authorization=bearer).status, status)


if __name__ == "__main__":
    main()
