# SPDX-License-Identifier: MIT
"""What headers of this library declare, read from their text; enough for a house in one style, and for nothing else."""

import re


def without_comments(text):
    """No comments, no preprocessor's lines, no text in quotes."""
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"^ *#.*(\\\n.*)*$", "", text, flags=re.MULTILINE)


def scopes(text):
    """Each declaration with the namespaces and types that it stands in: (path, head), where path is a tuple of heads."""
    path, head = [], ""
    for piece in re.split(r"([{};])", without_comments(text)):
        if piece == "{":
            yield tuple(path), head.strip() + " {"
            path.append(head.strip())
            head = ""
        elif piece == "}":
            if path:
                path.pop()
            head = ""
        elif piece == ";":
            yield tuple(path), head.strip()
            head = ""
        else:
            head = piece


def namespace_of(path):
    """`""` for webpubsub itself, a name for a namespace in it, None for whatever else a declaration stands in."""
    names = []
    for head in path:
        match = re.fullmatch(r"namespace ([\w:. ]+)", head)
        if not match:
            return None
        names += re.sub(r"inline +\w+", "", match[1]).replace(" ", "").split("::")
    names = [name for name in names if name]
    if names[:1] != ["webpubsub"] or len(names) > 2 or "detail" in names:
        return None
    return names[1] if len(names) == 2 else ""


def type_in(head):
    match = re.match(r"(?:struct|class|enum class|enum|union) (?:\[\[\w+\]\] )?(\w+)(?: final)?(?: *:[^{]*)?(?: \{)?$", head)
    return match[1] if match else None


def declarations(files):
    """(file, namespace, name, what it is) of every declaration outside of types."""
    for file in files:
        for path, head in scopes(file.read_text(encoding="utf-8")):
            space = namespace_of(path)
            if space is None:
                continue
            if type_in(head):
                yield file, space, type_in(head), "type"
                continue
            plain = re.sub(r"^template *<.*?> *(?=struct|class|using|\w)", "", head, flags=re.DOTALL)
            alias = re.match(r"using (\w+) =", plain)
            function = re.search(r"(\w+)\(", plain)
            if alias:
                yield file, space, alias[1], "alias"
            elif type_in(plain):
                yield file, space, type_in(plain), "template"
            elif function and not plain.startswith(("namespace", "using", "static_assert")):
                yield file, space, function[1], "function"


def ambiguous_names(files, without):
    """Names that webpubsub and namespaces in it have, with these, unless all are functions, which overload.

    Namespaces that match `without` are left out."""
    spaces, kinds = {}, {}
    for _, space, name, kind in declarations(files):
        if re.match(without, space):
            continue
        spaces.setdefault(name, set()).add("webpubsub" + ("::" + space if space else ""))
        kinds.setdefault(name, set()).add(kind)
    return {name: found for name, found in spaces.items() if len(found) > 1 and kinds[name] != {"function"}}


def declared_types(header, files):
    """(namespace, name) of each type that is no template, in the files that `header` includes."""
    with open(header, encoding="utf-8") as text:
        included = set(re.findall(r"#include <(.*)>", text.read()))
    chosen = [file for file in files if str(file).split("/include/")[-1] in included]
    return {(space, name) for _, space, name, kind in declarations(chosen) if kind == "type"}


def struct_members(text):
    """Per struct, its data members in order, and whether each has an initialiser."""
    found = {}
    clean = re.sub(r"\{\s*\}|=[^;]*(?=;)", "=", without_comments(text))
    for path, head in scopes(clean):
        name = type_in(path[-1] + " {") if path else None
        if not name or not path[-1].startswith("struct") or "(" in head or head.endswith("{"):
            continue
        member = re.match(r"(?!using |friend |static |struct |enum )[\w:<>,*& ]+ (\w+)( *=)?$", head)
        if member:
            found.setdefault(name, []).append((member[1], member[2] is not None))
    return found
