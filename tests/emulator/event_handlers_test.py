#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Event handlers over HTTP, good ones and bad ones."""

import hashlib
import hmac
import http.server
import json
import os
import queue
import shutil
import socket
import ssl
import tempfile
import threading
import time
import unittest
import unittest.mock

from support.cases import JSON, WithEmulator, main
from support.certificate import make_certificate
from support.process import KEY, PATIENCE
from support.rest import Caller
from support.websocket import Client, Closed, frame, upgrade_request


class Handler:
    """An HTTP server that notes every request and answers as a function of the test says."""

    def __init__(self, test, answer, allowed="*"):
        self.requests, self.answer, self.allowed = queue.Queue(), answer, allowed
        handler = self

        class Requests(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_OPTIONS(self):
                handler.requests.put(("OPTIONS", self.path, self.headers, b""))
                self.respond(200, {"WebHook-Allowed-Origin": handler.allowed} if handler.allowed else {}, b"")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                handler.requests.put(("POST", self.path, self.headers, body))
                self.respond(*handler.answer(self, self.headers["ce-eventName"], body))

            def respond(self, status, headers, body):
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # nobody waits any more

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.server.daemon_threads = True
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def next(self):
        return self.requests.get(timeout=PATIENCE)

    def next_event(self):
        method, path, headers, body = self.next()
        while method == "OPTIONS":
            method, path, headers, body = self.next()
        return path, headers, body


def ok(*_):
    return 200, {}, b""


def user_event(name="talk", data="x", data_type="text", ack=1):
    return {"type": "event", "event": name, "ackId": ack, "dataType": data_type, "data": data}


class WithHandler(WithEmulator):
    system_events = []
    settings = {}
    limits = {}

    def answer(self, request, event, body):
        return ok()

    def setUp(self):
        self.handler = Handler(self, lambda *what: self.answer(*what))
        self.hub_config = {"defaults": {"eventHandlers": [
            {"urlTemplate": self.handler.url + "/api/{hub}/{event}?code=x", "userEventPattern": "*",
             "systemEvents": self.system_events, **self.settings}], "limits": self.limits}}
        super().setUp()


class GoodHandlers(WithHandler):
    system_events = ["connect", "connected", "disconnected"]
    settings = {"groupPresenceEvents": {"eventNames": ["joined", "left"], "groupFilters": ["room*"]}}

    def answer(self, request, event, body):
        if event == "connect":
            return 200, {"ce-connectionState": "one", "Set-Cookie": "a=b; Path=/"}, json.dumps(
                {"userId": "bob", "groups": ["room1"], "roles": ["webpubsub.joinLeaveGroup"]}).encode()
        if event == "talk":
            return 200, {"Content-Type": "text/plain", "ce-connectionState": "", "X-WebPubSub-Metadata-Trace": "7"}, \
                body.upper()
        return ok()

    def test_a_connection_is_told_from_its_beginning_to_its_end(self):
        client = self.connect_json(target=self.emulator.target(sub="ann") + "&x=y", headers=["X-Mine: z"])
        self.assertEqual(client.hello["userId"], "bob")
        connection = client.hello["connectionId"]
        method, path, headers, _ = self.handler.next()
        self.assertEqual((method, path), ("OPTIONS", "/api/chat/validate?code=x"))
        self.assertEqual((headers["WebHook-Request-Origin"], headers["ce-awpsversion"], headers["ce-signature"]),
                         ("127.0.0.1", "1.0", None))

        path, headers, body = self.handler.next_event()
        self.assertEqual(path, "/api/chat/connect?code=x")
        signature = hmac.new(KEY.encode(), connection.encode(), hashlib.sha256).hexdigest()
        for name, value in (("ce-type", "azure.webpubsub.sys.connect"), ("ce-id", "0"), ("ce-hub", "chat"),
                            ("ce-specversion", "1.0"), ("ce-awpsversion", "1.0"), ("ce-userId", "ann"),
                            ("ce-connectionId", connection), ("ce-source", f"/hubs/chat/client/{connection}"),
                            ("ce-signature", "sha256=" + signature), ("ce-subprotocol", None),
                            ("ce-connectionState", None), ("WebHook-Request-Origin", "127.0.0.1")):
            self.assertEqual(headers[name], value, name)
        connect = json.loads(body)
        self.assertEqual((connect["subprotocols"], connect["query"]), ([JSON], {"x": ["y"]}))
        self.assertEqual(connect["claims"]["sub"], ["ann"])
        self.assertEqual([value for name, value in connect["headers"].items() if name.lower() == "x-mine"], [["z"]])

        events = {}
        for _ in range(2):
            path, headers, body = self.handler.next_event()
            events[headers["ce-eventName"]] = (headers, body)
        headers, body = events["connected"]
        self.assertEqual((headers["ce-userId"], headers["ce-subprotocol"], headers["ce-connectionState"], body),
                         ("bob", JSON, "one", b"{}"))
        self.assertEqual(headers["Cookie"], "a=b")
        self.assertEqual(json.loads(events["joined"][1]), {"group": "room1"})

        client.send(user_event())
        message = client.receive_json()
        self.assertEqual((message["data"], message["metadata"]), ("X", {"trace": "7"}))
        self.assertEqual(client.receive_json(), {"type": "ack", "ackId": 1, "success": True})
        path, headers, body = self.handler.next_event()
        self.assertEqual((path, headers["ce-type"], headers["Content-Type"].split(";")[0], body),
                         ("/api/chat/talk?code=x", "azure.webpubsub.user.talk", "text/plain", b"x"))
        client.ask({"type": "joinGroup", "group": "other", "ackId": 2})
        client.send(user_event("other", {"a": 1}, "json", 3))
        self.assertEqual(client.receive_json()["ackId"], 3)
        path, headers, body = self.handler.next_event()
        self.assertEqual((path, headers["ce-connectionState"], json.loads(body)), ("/api/chat/other?code=x", "", {"a": 1}))
        client.close()
        ends = sorted(self.handler.next_event()[1]["ce-eventName"] for _ in range(2))
        self.assertEqual(ends, ["disconnected", "left"])


class Refusals(WithHandler):
    system_events = ["connect"]

    def answer(self, request, event, body):
        user = json.loads(body)["claims"]["sub"][0]
        return {"401": (401, {}, b"no"), "429": (429, {}, b""), "302": (302, {"Location": "/"}, b""),
                "bad": (200, {}, b"{"), "group": (200, {}, b'{"groups":[" "]}'),
                "protocol": (200, {}, b'{"subprotocol":"x"}')}[user]

    def test_4xx_is_handed_on_and_everything_else_is_500(self):
        for user, status in (("401", 401), ("429", 429), ("302", 500), ("bad", 500), ("group", 500), ("protocol", 500)):
            with self.subTest(user):
                self.assertEqual(self.refusal(self.emulator.target(sub=user), subprotocol=JSON), status)


class NotAllowed(WithHandler):
    system_events = ["connect"]

    def test_without_validation_nobody_is_told_anything(self):
        self.handler.allowed = "other.example.net"
        self.assertEqual(self.refusal(self.emulator.target()), 500)
        self.assertEqual(self.handler.next()[0], "OPTIONS")
        self.assertTrue(self.handler.requests.empty())


class BadHandlers(WithHandler):
    limits = {"eventTimeoutInSeconds": 3}

    def answer(self, request, event, body):
        if event == "never":
            time.sleep(6)
        if event == "message":
            return 400, {}, b""
        if event == "big":
            return 200, {"Content-Type": "text/plain"}, b"x" * (17 << 20)
        if event == "long":
            return 200, {"Content-Type": "text/plain"}, b"x" * (10 << 20)
        if event == "flaky" and self.handler.requests.qsize() < 3:
            return 503, {}, b""
        if event == "early":
            request.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            return 200, {"Content-Type": "text/plain; charset=utf-16"}, "h\u00e4".encode("utf-16")
        if event == "state":
            return 200, {"Content-Type": "application/x-protobuf", "ce-connectionState": "bad"}, b"\xff\xff"
        if event == "html":
            return 200, {"Content-Type": "text/html"}, b"x"
        if event == "moved":
            return 302, {"Location": self.handler.url}, b""
        if event == "silent":
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            request.wfile.flush()
            time.sleep(0.1)
            request.connection.shutdown(socket.SHUT_RDWR)
        return ok()

    def test_an_event_fails_when_its_handler_does_and_the_connection_goes_on(self):
        client = self.connect_json()
        for number, name in enumerate(("big", "long", "html", "moved", "never", "silent"), 1):
            with self.subTest(name):
                client.send(user_event(name, ack=number))
                answer = client.receive_json()
                self.assertEqual((answer["ackId"], answer["success"]), (number, False))
                self.assertEqual(answer["error"]["name"], "InternalServerError")
        self.assertTrue(client.ask(user_event("fine", ack=50))["success"])

    def test_an_interim_response_is_none_and_a_failed_event_leaves_the_state(self):
        client = self.connect_json()
        client.send(user_event("early"))
        self.assertEqual(client.receive_json()["data"], "h\u00e4")
        self.assertTrue(client.receive_json()["success"])
        self.assertFalse(client.ask(user_event("state", ack=2))["success"])
        self.assertTrue(client.ask(user_event("fine", ack=3))["success"])
        events = [self.handler.next_event() for _ in range(3)]
        self.assertEqual([headers["ce-connectionState"] for _, headers, _ in events], [None, None, None])

    def test_what_may_pass_is_tried_again_with_the_same_id(self):
        client = self.connect_json()
        self.assertTrue(client.ask(user_event("flaky"))["success"])
        first, second = self.handler.next_event(), self.handler.next_event()
        self.assertEqual(first[1]["ce-id"], second[1]["ce-id"])
        self.assertEqual(first[1]["x-ms-client-request-id"], second[1]["x-ms-client-request-id"])

    def test_a_client_that_goes_away_takes_its_call_along(self):
        with Client(self.emulator, subprotocol=JSON) as client:
            client.receive_json()
            before = self.emulator.descriptors()
            client.send(user_event("never"))
            self.handler.next_event()
            self.assertGreater(self.emulator.descriptors(), before)
        deadline = time.monotonic() + PATIENCE
        while self.emulator.descriptors() >= before and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertLess(self.emulator.descriptors(), before)

    def test_a_simple_client_is_closed_when_its_event_fails(self):
        client = self.connect(subprotocol=None)
        client.send("x")
        self.assertEqual(self.handler.next_event()[0], "/api/chat/message?code=x")
        with self.assertRaises(Closed) as closed:
            client.receive()
        self.assertEqual(closed.exception.code, 1011)


@unittest.skipUnless(shutil.which("openssl"), "SKIPPED: there is no openssl to make a certificate with")
class HangingHandshake(WithEmulator):
    """The handler answers its validation, and never goes on with the handshake of another connection."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        key, certificate = make_certificate(folder.name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        validation = threading.Thread(target=self.answer_validation, args=(listener, context))
        validation.start()
        self.addCleanup(validation.join)
        self.hub_config = {"defaults": {"eventHandlers": [
            {"urlTemplate": f"https://localhost:{listener.getsockname()[1]}/", "userEventPattern": "hang"},
            {"userEventPattern": "*", "answer": "echo"}], "limits": {"eventTimeoutInSeconds": 2}}}
        with unittest.mock.patch.dict(os.environ, {"SSL_CERT_FILE": certificate}):
            super().setUp()

    def answer_validation(self, listener, context):
        listener.settimeout(PATIENCE)
        accepted, _ = listener.accept()
        with context.wrap_socket(accepted, server_side=True) as stream:
            self.validation = stream.recv(4096)
            stream.sendall(b"HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: *\r\nContent-Length: 0\r\n\r\n")

    def test_it_has_its_time_and_nobody_else_waits_for_it(self):
        client, other = self.connect_json(), self.connect_json()
        client.send(user_event("hang"))
        other.send(user_event("e"))
        self.assertEqual(other.receive_json()["data"], "x")
        self.assertEqual(client.receive_json()["error"]["name"], "InternalServerError")
        self.assertTrue(self.validation.startswith(b"OPTIONS / "))


class Asking(WithHandler):
    system_events = ["connect"]

    def answer(self, request, event, body):
        time.sleep(2)
        return ok()

    def test_a_client_that_leaves_while_it_is_asked_about_is_forgotten(self):
        for early in (b"", frame(b"x")):
            with socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE) as waiting:
                waiting.sendall(upgrade_request(self.emulator.target(sub="ann"), JSON))
                self.handler.next_event()
                waiting.sendall(early)
        caller = Caller(self.emulator)
        self.addCleanup(caller.close)
        time.sleep(2.5)
        self.assertEqual(caller.call("HEAD", "/users/ann").status, 404)
        self.assertTrue(self.handler.requests.empty())


class Unreachable(WithEmulator):
    def setUp(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.hub_config = {"defaults": {"eventHandlers": [
            {"urlTemplate": f"http://127.0.0.1:{port}/", "userEventPattern": "*", "systemEvents": ["connected"]}],
            "limits": {"eventTimeoutInSeconds": 2}}}
        super().setUp()

    def test_without_its_handler_an_event_fails_in_time(self):
        client = self.connect_json()
        client.send(user_event("e"))
        self.assertEqual(client.receive_json()["error"]["name"], "InternalServerError")
        simple = self.connect(subprotocol=None)
        simple.send("x")
        with self.assertRaises(Closed) as closed:
            simple.receive()
        self.assertEqual(closed.exception.code, 1011)


if __name__ == "__main__":
    main()
