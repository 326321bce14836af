# SPDX-License-Identifier: MIT
"""usage: official_service.py EMULATOR CREDENTIAL

Every operation of the official service library for Python, in its two forms, which wait or are awaited, while clients
see what becomes of it. It is of an older version of the API than the emulator's newest. CREDENTIAL tells how the
library shows who it is: connection-string, key, or token, which is a bearer token over TLS.
"""

import asyncio
import inspect
import os
import ssl
import sys
import tempfile

import jwt
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient as AsyncWebPubSubServiceClient

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from emulator import Emulator  # noqa: E402
from observer import Observer, heard_by  # noqa: E402
from tls import TokenIssuer, self_signed  # noqa: E402

TEXT = {"content_type": "text/plain"}
BINARY = {"content_type": "application/octet-stream"}
CLOSED = "Application server closed the connection."
facts = 0


def check(fact, actual, expected):
    global facts
    if actual != expected:
        raise AssertionError(f"{fact}\n  is        {actual!r}\n  should be {expected!r}")
    facts += 1
    print(f"ok  {fact}", flush=True)


def each(names, *messages):
    """What each of these has heard, if each has heard the same."""
    return {name: list(messages) for name in names.split()}


class Service:
    """The library's client, in either form, whose operations are awaited; which of them were called is noted."""

    called = set()

    def __init__(self, client, group_option, observer_options):
        self.client = client
        # It has two names: one where the library signs tokens itself, the other where it asks the service.
        self._group_option = group_option
        self._observer_options = observer_options

    def __getattr__(self, name):
        operation = getattr(self.client, name)

        async def call(*args, **options):
            self.called.add(name)
            if inspect.iscoroutinefunction(inspect.unwrap(operation)):
                return await operation(*args, **options)
            result = await asyncio.to_thread(operation, *args, **options)
            return await result if inspect.isawaitable(result) else result

        return call

    async def token(self, groups=(), **options):
        if groups:
            options[self._group_option] = list(groups)
        return await self.get_client_access_token(**options)

    async def guest(self, **options):
        return await Observer.open((await self.token(**options))["url"], **self._observer_options)

    async def guests(self, **wanted):
        opened = await asyncio.gather(*(self.guest(**options) for options in wanted.values()))
        return dict(zip(wanted, opened))


async def failure(call):
    try:
        await call
    except HttpResponseError as error:
        return type(error), error.status_code
    return None


async def sending(service, _):
    everybody = await service.guests(ada={"user_id": "ada", "groups": ["red"]}, ada2={"user_id": "ada"},
                                     bob={"user_id": "bob", "groups": ["red"]}, nobody={})
    ada, nobody = everybody["ada"].connection_id, everybody["nobody"].connection_id
    names = " ".join(everybody)

    async def heard(fact, expected):
        check(fact, await heard_by(everybody), expected)

    # As bytes: the form that waits would send a string in Latin-1.
    await service.send_to_all("gr\u00fc\u00dfe".encode(), **TEXT)
    await heard("text to all", each(names, ("server", "text", "gr\u00fc\u00dfe")))
    await service.send_to_all({"a": [1.5, None]})
    await heard("JSON to all", each(names, ("server", "json", {"a": [1.5, None]})))
    await service.send_to_all(b"\x00\x01\xff", **BINARY)
    await heard("bytes to all", each(names, ("server", "binary", "AAH/")))
    await service.send_to_all("x", excluded=[ada, nobody], **TEXT)
    await heard("to all but two", each("ada2 bob", ("server", "text", "x")))
    await service.send_to_all("x", filter="userId eq 'bob' or userId eq null", **TEXT)
    await heard("to all whom a filter selects", each("bob nobody", ("server", "text", "x")))
    await service.send_to_user("ada", "x", **TEXT)
    await service.send_to_user("ada", b"\x07", filter="not ('red' in groups)", **BINARY)
    await heard("to a user, and to some of a user's connections",
                {"ada": [("server", "text", "x")], "ada2": [("server", "text", "x"), ("server", "binary", "Bw==")]})
    await service.send_to_connection(nobody, "x", **TEXT)
    await service.send_to_connection(nobody, {"a": 1})
    await service.send_to_connection("stranger", "x", **TEXT)
    await heard("to a connection", each("nobody", ("server", "text", "x"), ("server", "json", {"a": 1})))
    await service.send_to_group("red", "x", **TEXT)
    await service.send_to_group("red", [True], excluded=[ada])
    await service.send_to_group("red", b"\x02", filter="startswith(userId, 'a')", **BINARY)
    await heard("to a group, to all of it but one, and to whom a filter selects",
                {"ada": [("group", "red", "text", "x"), ("group", "red", "binary", "Ag==")],
                 "bob": [("group", "red", "text", "x"), ("group", "red", "json", [True])]})


async def groups(service, _):
    everybody = await service.guests(ada={"user_id": "ada"}, ada2={"user_id": "ada"}, bob={"user_id": "bob"})
    ada2, bob = everybody["ada2"].connection_id, everybody["bob"].connection_id

    async def members(group):
        await service.send_to_group(group, "x", **TEXT)
        return " ".join(await heard_by(everybody))

    room = "room 1+\u00e4?"
    check("a group is not there before it has a member", await service.group_exists(room), False)
    await service.add_connection_to_group(room, bob)
    check("a connection is added", (await members(room), await service.group_exists(room)), ("bob", True))
    await service.add_user_to_group(room, "ada")
    check("a user is added", await members(room), "ada ada2 bob")
    await service.remove_connection_from_group(room, ada2)
    check("a connection is removed", await members(room), "ada bob")
    await service.remove_user_from_group(room, "ada")
    check("a user is removed", await members(room), "bob")
    await service.add_user_to_group("blue", "ada")
    await service.add_user_to_group("blue", "bob")
    await service.remove_connection_from_all_groups(bob)
    check("a connection is removed from all groups", (await members(room), await members("blue")), ("", "ada ada2"))
    await service.remove_user_from_all_groups("ada")
    check("a user is removed from all groups", (await members("blue"), await service.group_exists("blue")),
          ("", False))


async def existence(service, _):
    ada = await service.guest(user_id="ada")

    async def is_there():
        return await service.connection_exists(ada.connection_id), await service.user_exists("ada")

    check("who is there", await is_there(), (True, True))
    await ada.leave()
    check("who has left", await is_there(), (False, False))
    response = await service.send_request(HttpRequest("HEAD", "/api/health"))
    check("a request of one's own", response.status_code, 200)


async def closing(service, _):
    everybody = await service.guests(ada={"user_id": "ada"}, **{name: {"user_id": name[:3], "groups": ["red"]}
                                     for name in ("bob", "bob2", "eve", "eve2")}, fay={})
    ids = {name: one.connection_id for name, one in everybody.items()}

    async def still_open():
        await heard_by({name: one for name, one in everybody.items() if one.is_open})
        return " ".join(name for name, one in everybody.items() if one.is_open)

    await service.close_connection(ids["ada"], reason="bye & co")
    check("a connection is closed", await everybody["ada"].end(), (f"{CLOSED} Reason: bye & co", 1000))
    await service.close_user_connections("bob", excluded=[ids["bob2"]], reason="u")
    check("a user's connections are closed", await everybody["bob"].end(), (f"{CLOSED} Reason: u", 1000))
    check("but one", await still_open(), "bob2 eve eve2 fay")
    await service.close_group_connections("red", excluded=[ids["eve2"]], reason="g")
    check("a group's connections are closed", [await everybody[name].end() for name in ("bob2", "eve")],
          2 * [(f"{CLOSED} Reason: g", 1000)])
    check("but one, and those outside", await still_open(), "eve2 fay")
    await service.close_all_connections(excluded=[ids["fay"]], reason="a")
    check("all are closed", await everybody["eve2"].end(), (f"{CLOSED} Reason: a", 1000))
    check("but one, too", await still_open(), "fay")
    await service.close_all_connections()
    check("and then all", await everybody["fay"].end(), (CLOSED, 1000))


async def permissions(service, _):
    ada = await service.guest(user_id="ada")
    target = {"target_name": "red"}

    async def may():
        asked = [await service.has_permission(one, ada.connection_id, **target)
                 for one in ("joinLeaveGroup", "sendToGroup")]
        return [*asked, await ada.join("red"), await ada.publish("red"), await ada.join("blue")]

    no = "Forbidden"
    check("without a role nothing is allowed", await may(), [False, False, no, no, no])
    await service.grant_permission("joinLeaveGroup", ada.connection_id, **target)
    check("joining a group is granted", await may(), [True, False, True, no, no])
    await service.grant_permission("sendToGroup", ada.connection_id, **target)
    check("and sending to it", await may(), [True, True, True, True, no])
    await service.revoke_permission("joinLeaveGroup", ada.connection_id, **target)
    await service.revoke_permission("sendToGroup", ada.connection_id, **target)
    check("both are revoked", await may(), [False, False, no, no, no])


async def tokens(service, endpoint):
    roles = ["webpubsub.joinLeaveGroup.red", "webpubsub.sendToGroup"]
    given = await service.token(user_id="user 1", roles=roles, minutes_to_expire=5, groups=["blue", "green"])
    base = f"ws{endpoint[4:]}/client/hubs/tokens"
    check("where a client connects", (given["baseUrl"], given["url"]),
          (base, f"{base}?access_token={given['token']}"))
    claims = jwt.decode(given["token"], options={"verify_signature": False})
    check("what its token says",
          [claims["exp"] - claims["iat"]] + [claims[name] for name in ("aud", "sub", "role", "webpubsub.group")],
          [300, f"{endpoint}/client/hubs/tokens", "user 1", roles, ["blue", "green"]])
    client = await service.guest(user_id="user 1", roles=roles, groups=["blue", "green"])
    check("it has the user id and the roles",
          (client.user_id, await client.join("red"), await client.join("yellow"), await client.publish("yellow")),
          ("user 1", True, "Forbidden", True))
    await service.send_to_group("green", 1)
    check("and the groups", await client.heard(), [("group", "green", "json", 1)])
    claims = jwt.decode((await service.token())["token"], options={"verify_signature": False})
    check("a token lives for an hour, unless it says otherwise", claims["exp"] - claims["iat"], 3600)


async def errors(service, _):
    check("a connection that is not there: 404", await failure(service.add_connection_to_group("red", "stranger")),
          (ResourceNotFoundError, 404))
    check("a user who is not there: 404", await failure(service.add_user_to_group("red", "stranger")),
          (ResourceNotFoundError, 404))
    check("a broken filter: 400", await failure(service.send_to_all("x", filter="userId eq", **TEXT)),
          (HttpResponseError, 400))


class Library:
    """The library in one form, with one credential, for hubs of that emulator."""

    def __init__(self, client_class, kind, emulator, credential, cert=None):
        self.name = f"{kind}, {'awaited' if client_class is AsyncWebPubSubServiceClient else 'waiting'}"
        self._client_class, self._emulator, self._credential = client_class, emulator, credential
        self._options = {"connection_timeout": 20, "read_timeout": 20}
        self._observer_options, self._group_option = {}, "groups"
        if cert:
            self._options["connection_verify"] = cert
            self._observer_options = {"ssl": ssl.create_default_context(cafile=cert)}
            self._group_option = "group"

    def _client(self, hub, credential):
        if credential is None:
            return self._client_class.from_connection_string(self._emulator.connection_string, hub, **self._options)
        return self._client_class(self._emulator.endpoint, hub, credential, **self._options)

    async def use(self, hub, steps, credential=None):
        service = Service(self._client(hub, credential or self._credential), self._group_option,
                          self._observer_options)
        try:
            await steps(service, self._emulator.endpoint)
        finally:
            await service.close()

    async def everything(self, wrong_credential):
        print(f"-- {self.name}", flush=True)
        Service.called.clear()
        for steps in (sending, groups, existence, closing, permissions, tokens, errors):
            await self.use(steps.__name__, steps)
        operations = {name for name in dir(self._client_class) if not name.startswith("_")}
        check("no operation was left out", operations - Service.called, {"from_connection_string"})

        async def is_refused(service, _):
            check("who can't show who it is: 401", await failure(service.send_to_all("x", **TEXT)),
                  (ClientAuthenticationError, 401))

        await self.use("errors", is_refused, wrong_credential)


FORMS = (WebPubSubServiceClient, AsyncWebPubSubServiceClient)


FORMS = (WebPubSubServiceClient, AsyncWebPubSubServiceClient)


async def with_key(program, kind):
    for client_class in FORMS:
        async with Emulator(program) as emulator:
            key = emulator.connection_string.split("AccessKey=")[1].split(";")[0]
            credential = AzureKeyCredential(key) if kind == "key" else None
            await Library(client_class, kind, emulator, credential).everything(AzureKeyCredential(key + "x"))


async def with_token(program):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        cert, key = self_signed(folder)
        issuer, stranger = TokenIssuer(folder), TokenIssuer(other)
        for client_class in FORMS:
            is_awaited = client_class is AsyncWebPubSubServiceClient
            async with Emulator(program, "--tls-cert", cert, "--tls-key", key, "--entra-jwks", issuer.jwks) as emulator:
                library = Library(client_class, "token", emulator, issuer.credential(is_awaited), cert)
                await library.everything(stranger.credential(is_awaited))
        check("the token is for Web PubSub", issuer.scopes, {"https://webpubsub.azure.com/.default"})


async def work(program, kind):
    await (with_token(program) if kind == "token" else with_key(program, kind))
    print(f"{facts} facts")


if len(sys.argv) != 3 or sys.argv[2] not in ("connection-string", "key", "token"):
    sys.exit(__doc__)
asyncio.run(asyncio.wait_for(work(*sys.argv[1:]), 80))
