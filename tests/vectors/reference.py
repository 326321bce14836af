#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the vectors of this folder with readers and writers of its own, which go by the tables in README.md.
Prints a line for each failure and "N passed, N failed". The exit status is 0 if nothing failed."""

import base64
import json
import pathlib
import re
import sys
from collections import namedtuple

Kind = namedtuple("Kind", "name type tag number inner fields")
Field = namedtuple("Field", "mark name number type optional")
Digits = namedtuple("Digits", "text")  # a number of JSON as it is written
Pairs = type("Pairs", (list,), {})  # an object of JSON, perhaps with properties that are there twice
FOLDER = pathlib.Path(__file__).parent
DATA = {1: ("text", "text"), 2: ("binary", "base64"), 3: ("protobuf", "base64"), 4: ("json", "json")}
TAGS = {"message": "from", "system": "event"}
NUMBERS, SHORT = {"id", "sequence", "counter", "time", "ttl", "timeout"}, {"ttl", "timeout"}
RULES = {
    "name": lambda v: v != "", "target": lambda v: v == "event",
    "group": lambda v: v.strip() and len(v.encode("utf-16-le")) <= 2 * 1024,
    "event": lambda v: re.fullmatch("[A-Za-z][A-Za-z0-9_.-]{0,127}", v),
    "id": lambda v: int(v) < 2**64, "sequence": lambda v: int(v) < 2**64, "counter": lambda v: 0 < int(v) < 2**64,
    "time": lambda v: int(v) < 2**63, "ttl": lambda v: v <= 300, "timeout": lambda v: 0 < v < 2**32,
    "metadata": lambda v: all(re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", key) for key in v)
    and all(text.isascii() and len(text) <= 1024 for text in v.values()) and len("".join([*v, *v.values()])) <= 8192,
}

def read_table(text):
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)/?(\w*)`)? \| (\d*)/?(\d*) \|(.*)\|$", text, re.M)
    return {row[0]: Kind(*row[:3], int(row[3] or 0), int(row[4] or 0), [
        Field(mark, name, int(number), *rest) for mark, name, number, *rest in
        re.findall(r"([*!]?)(\w+)=(\d+):(\w+)(\??)", row[5])]) for row in rows}

UPSTREAM, DOWNSTREAM, PARTS = map(read_table, (FOLDER / "README.md").read_text("utf-8").split("\n| kind ")[1:])
DIRECTIONS, KINDS = {"upstream": UPSTREAM, "downstream": DOWNSTREAM}, {**UPSTREAM, **DOWNSTREAM}

def require(condition, why):
    if not condition:
        raise ValueError(why)  # as the decoders of UTF-8, JSON and base64 do

# --- from the properties of an object, whichever encoding they come from, to a description ----------------------------
def read(direction, values):
    require(isinstance(values.get("type"), str), "no type")
    kinds = [kind for kind in DIRECTIONS[direction].values() if kind.type.lower() == values["type"].lower()]
    tag = values.get(TAGS[kinds[0].type]) if kinds and kinds[0].tag else ""
    require(isinstance(tag, str), "nothing that tells the kind")
    for kind in kinds:
        if kind.tag == tag and all(values.get(f.name) is not None for f in kind.fields if f.mark == "*"):
            return {"kind": kind.name, **read_fields(kind.fields, values)}
    require(direction == "downstream", "unknown type")
    unknown = {"kind": "unknown", "type": values["type"] + (f"/{tag}" if tag else "")}
    return {**unknown, **read_fields([Field("", "sequenceId", 0, "sequence", "?")], values)}

def is_end(values):
    return any(dict(values.get("stream") or {}).get(key) not in (None, False) for key in ("endOfStream", "error"))

def read_fields(fields, values):
    message = {}
    if any(f.name == "success" for f in fields):
        failure = {"data": None, "error": Pairs() if values.get("error") is None else values["error"]}
        values = {**values, **({"error": None} if values.get("success") is True else failure)}
    for f in fields:
        value = values.get(f.name)
        if f.type == "data" and f.mark != "!" and value is None and (values.get("metadata") or is_end(values)):
            value = {"dataType": "text", "text": ""}
        value = "" if f.type == "lenient" and not isinstance(value, str) else value
        if value is None and not (f.type == "flag" and f.name in values):
            require(f.optional or f.mark == "!", f"{f.name} is missing")
            continue
        require(f.mark != "!", f"{f.name} is out of place")
        value = read_value(f, value)
        require(f.type not in RULES or RULES[f.type](value), f"{f.name} is wrong")
        if f.type != "target" and (value or not f.optional or f.type in PARTS or f.type == "state"):
            message[f.name] = value
    if "streamSequenceId" in message and "error" in message:
        message["endOfStream"] = True
    return message

def read_value(f, value):
    if f.type in NUMBERS:
        quoted = f.type == "sequence" and isinstance(value, str)
        digits = value if quoted else value.text if isinstance(value, Digits) else ""
        require(re.fullmatch("[0-9]+", digits), f"{f.name} is no number of digits")
        return int(digits) if f.type in SHORT else str(int(digits))
    if f.type in ("metadata", "state"):
        require(isinstance(value, Pairs) and all(isinstance(text, str) for _, text in value), f"{f.name} is no map")
        require(f.type == "state" or len(dict(value)) == len(value), "a key is there twice")
        return dict(value)
    if f.type == "items":
        require(type(value) is list and all(isinstance(item, Pairs) for item in value), f"{f.name} is no list")
        return [read_fields(PARTS["items"].fields, dict(item)) for item in value]
    expected = Pairs if f.type in PARTS else {"flag": bool, "data": dict}.get(f.type, str)
    require(isinstance(value, expected), f"{f.name} is of the wrong type")
    return read_fields(PARTS[f.type].fields, dict(value)) if f.type in PARTS else value

def payload(number, content):
    for n, wire, value in wire_fields(content) if number == 3 else []:
        require((n, wire) != (1, 2) or value.decode() is not None, "the URL of an Any is text")
    name, key = DATA[number]
    return {"dataType": name, key: base64.b64encode(content).decode() if key == "base64" else content.decode()}

# --- JSON -------------------------------------------------------------------------------------------------------------
DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=Digits, parse_float=Digits,
                           parse_constant=lambda name: require(False, name))
dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

def mended(value):  # U+FFFD for half of a surrogate pair
    if isinstance(value, str) and not isinstance(value, Digits):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, Pairs):
        return Pairs((mended(name), mended(inner)) for name, inner in value)
    return [mended(inner) for inner in value] if isinstance(value, list) else value

def read_json(direction, frame):
    def scan(text, at):
        value, end = DECODER.scan_once(text, at)
        return (mended(value), text[at:end]), end

    text = frame.decode()
    require(start := re.match("[ \t\n\r]*{", text), "no object")
    pairs, end = json.decoder.JSONObject((text, start.end()), True, scan, None, list)
    require(re.fullmatch("[ \t\n\r]*", text[end:]), "more after the object")
    values, raw = ({mended(name): slot[i] for name, slot in pairs} for i in (0, 1))
    if "data" in values:
        values["data"] = data_from_json(values.get("dataType", "json"), values["data"], raw["data"])
    return read(direction, values)

def data_from_json(kind, data, raw):
    number = next((n for n, (name, _) in DATA.items() if isinstance(kind, str) and name == kind.lower()), 0)
    require(number == 4 or number and isinstance(data, str), "wrong dataType, or data that is not of it")
    data = re.sub("[ \t\r\n]", "", data) if number in (2, 3) else data
    content = raw.encode() if number == 4 else data.encode() if number == 1 else base64.b64decode(data, validate=True)
    require(number in (1, 4) or base64.b64encode(content).decode() == data, "bad base64")
    return payload(number, content)

def write_json(message):
    kind, data = KINDS[message["kind"]], message.get("data", {})
    tag = {TAGS[kind.type]: kind.tag} if kind.tag else {}
    values = {"type": kind.type, **tag, **object_to_json(kind.fields, message)}
    if "sequenceId" in values and kind.name in DOWNSTREAM:
        values = {"sequenceId": values["sequenceId"], **values}
    return "{" + ",".join(f'"{name}":' + (data["json"] if name == "data" and "json" in data else dumps(value))
                          for name, value in values.items()) + "}"

def object_to_json(fields, message):
    values = {}
    for f in fields:
        value = message.get(f.name, {"noEcho": False, "target": "event"}.get(f.name))
        if f.type == "data" and value:
            values.update({"dataType": value["dataType"], "data": value.get("text", value.get("base64"))})
        elif f.type == "items":
            values[f.name] = [object_to_json(PARTS["items"].fields, item) for item in value]
        elif f.mark != "!" and (value is not None or f.type == "user"):
            value = int(value) if f.type in NUMBERS else value
            values[f.name] = object_to_json(PARTS[f.type].fields, value) if f.type in PARTS else value
    return values

# --- protobuf ---------------------------------------------------------------------------------------------------------
def varint(data, at, longest=10):
    value = 0
    for i, byte in enumerate(data[at:at + longest]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value % 2**64, at + i + 1
    raise ValueError("bad varint")

def wire_fields(data):
    """Number, wire type (0: a number, 2: bytes) and value of each field."""
    at, groups = 0, []
    while at < len(data):
        (tag, at), value = varint(data, at, 5), None
        number, wire = tag >> 3, tag & 7
        require(number != 0 and wire < 6, "bad tag")
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            size, at = varint(data, at, 5)
            value, at = data[at:at + size], at + size
        elif wire == 3:
            groups.append(number)
        elif wire == 4:
            require(groups and groups.pop() == number, "a group ends that did not begin")
        else:
            at += 8 if wire == 1 else 4
        require(at <= len(data), "a field is cut short")
        if not groups:
            yield number, wire, value
    require(not groups, "a group does not end")

def oneof_from_wire(kinds, data, level):
    """The properties of the member that is set: of different ones the last, of the same all merged."""
    chosen, body, other = 0, b"", 0
    members = {getattr(kind, level): [k for k in kinds if getattr(k, level) == getattr(kind, level)] for kind in kinds}
    for number, wire, value in wire_fields(data):
        if wire == 2 and number in members:
            member_from_wire(members[number], value, level)  # well-formed, whatever comes later
            chosen, body = number, body + value if number == chosen else value
        else:
            other = number
    require(chosen or other, "nothing is set")
    unknown = {"type": str(other)} if level == "number" else {"type": "system", "event": str(other)}
    return member_from_wire(members[chosen], body, level) if chosen else unknown

def member_from_wire(kinds, data, level):
    if kinds[0].inner and level == "number":
        return oneof_from_wire(kinds, data, "inner")
    fields = [f for kind in kinds for f in kind.fields]
    fields += [Field("", "from", 1, "text", "")] if kinds[0].type == "message" else []
    return {"type": kinds[0].type, "event": kinds[0].tag, **dict(object_from_wire(fields, data))}

def object_from_wire(fields, data):
    found, banned, values = {}, {f.name for f in fields if f.mark == "!"}, Pairs()
    for number, wire, value in wire_fields(data):
        found.setdefault((number, wire), []).append(value)
    for f in fields:
        given = found.get((f.number, 0 if f.type in NUMBERS | {"flag"} else 2), [])
        if f.number and (given or not (f.optional or f.mark or f.name in banned)):
            values.append((f.name, value_from_wire(f.type, given)))
    return values

def value_from_wire(kind, given):
    if kind in NUMBERS | {"flag"}:
        value = [0, *given][-1] % (2**32 if kind in SHORT else 2**64)
        return value != 0 if kind == "flag" else Digits(str(value))
    if kind == "data":
        chosen, content = 0, b""
        for number, wire, value in (field for each in given for field in wire_fields(each)):
            if wire == 2 and number in DATA:
                payload(number, value)
                chosen, content = number, content + value if number == chosen == 3 else value
        return payload(chosen, content) if chosen else None
    if kind == "state":
        given = [value for each in given for number, wire, value in wire_fields(each) if (number, wire) == (1, 2)]
    if kind in ("state", "metadata"):
        parts = [{n: value.decode() for n, wire, value in wire_fields(each) if wire == 2 and n < 3} for each in given]
        return Pairs({each.get(1, ""): each.get(2, "") for each in parts}.items())
    if kind == "items":
        return [object_from_wire(PARTS["items"].fields, each) for each in given]
    if kind in PARTS:
        return [object_from_wire(PARTS[kind].fields, each) for each in [*given, b"".join(given)]][-1]
    return [each.decode() for each in [b"", *given]][-1]

def wire_field(number, value):
    digits = lambda n: bytes([n]) if n < 128 else bytes([n & 127 | 128]) + digits(n >> 7)
    start, content = (0, digits(value)) if type(value) is int else (2, digits(len(value)) + value)
    return digits(number << 3 | start) + content

def write_protobuf(message):
    kind = KINDS[message["kind"]]
    body = (wire_field(1, kind.tag.encode()) if kind.type == "message" else b"") + object_to_wire(kind.fields, message)
    return wire_field(kind.number, wire_field(kind.inner, body) if kind.inner else body)

def object_to_wire(fields, message):
    present = [f for f in sorted(fields, key=lambda f: f.number) if f.number and f.name in message]
    return b"".join(wire_field(f.number, each) for f in present if f.optional or message[f.name] not in ("", "0", False)
                    for each in value_to_wire(f.type, message[f.name]))

def value_to_wire(kind, value):
    if kind in ("metadata", "state"):
        entries = [wire_field(1, key.encode()) + wire_field(2, text.encode()) for key, text in value.items()]
        return entries if kind == "metadata" else [b"".join(wire_field(1, entry) for entry in entries)]
    if kind == "data":
        number, key = next((number, key) for number, (name, key) in DATA.items() if name == value["dataType"])
        return [wire_field(number, base64.b64decode(value[key]) if key == "base64" else value[key].encode())]
    if kind in PARTS:
        return [object_to_wire(PARTS[kind].fields, part) for part in (value if kind == "items" else [value])]
    return [int(value) % 2**64 if kind in NUMBERS | {"flag"} else value.encode()]

# --- the vectors ------------------------------------------------------------------------------------------------------
def meaning(direction, encoding, frame):
    try:
        if encoding == "json":
            return read_json(direction, frame)
        return read(direction, oneof_from_wire(DIRECTIONS[direction].values(), frame, "number"))
    except ValueError:
        return "refused"

def results(file, case):
    """What was done with a case, what came of it, and what should have."""
    direction = case.get("direction", "upstream" if file == "client" else "downstream")
    for key in (key for key in ("json", "protobuf", "frame", "hex") if key in case):
        encoding = case.get("encoding", key)
        frame = case[key].encode() if key in ("json", "frame") else bytes.fromhex(case[key])
        message = case.get("protobuf_means" if f"{key}_means" in case else "message", "refused")
        right_opcode = case.get("opcode") in (None, {"json": "text", "protobuf": "binary"}[encoding])
        yield f"{key} read", meaning(direction, encoding, frame) if right_opcode else "refused", message
        if message != "refused" and file != "lenient":
            written = write_json(message) if encoding == "json" else write_protobuf(message).hex()
            yield f"{key} written", written, case.get("rewritten", case[key])
        if "encoding" not in case:
            cut = [end for end in range(len(frame)) if meaning(direction, encoding, frame[:end]) != "refused"]
            yield f"{key} cut short", cut, []

def main():
    checks = [(path.stem, case["name"], *result) for path in sorted(FOLDER.glob("*/*.jsonl"))
              for case in map(json.loads, path.read_text("utf-8").splitlines()) for result in results(path.stem, case)]
    failed = [check for check in checks if check[3] != check[4]]
    for file, name, what, result, wanted in failed:
        print(f"{file}: {name}: {what}: {result} instead of {wanted}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not checks else 0

if __name__ == "__main__":
    sys.exit(main())
