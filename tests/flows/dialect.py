# SPDX-License-Identifier: Apache-2.0
"""What --json prints, held against the schema of its command.

A schema lets later versions add members. Here a member that no schema names is
an error, so that none is printed without being written down.
"""
import functools
import json
import os
import pathlib

import jsonschema
from referencing import Registry, Resource

FOLDER = pathlib.Path(os.environ.get("TOKENBRIDGE_ROOT", "/")) / \
    "usr/share/tokenbridge/schemas"
COMMON = "common"
LINES = {"watch", "registry-intake", "registry-log", "rollout"}  # one a line


def read(name):
    return json.loads((FOLDER / f"{name}.schema.json").read_text())


def names():
    """The commands that have a schema, a verb behind a dash."""
    found = {path.name.removesuffix(".schema.json")
             for path in FOLDER.glob("*.schema.json")}
    return found - {COMMON}


def closed(schema, part=False):
    """The schema without room for other members; a part of an allOf leaves
    that to the whole, which alone knows all of its members."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: [closed(item, True) for item in value] if name == "allOf"
            else {n: closed(v, name == "$defs") for n, v in value.items()}
            if name in ("properties", "$defs") else closed(value)
            for name, value in schema.items() if value is not True}
    if not part and {"properties", "$ref"} & set(made):
        made["unevaluatedProperties"] = False
    return made


@functools.cache
def validator(name):
    common = Resource.from_contents(closed(read(COMMON)))
    where = Registry().with_resource(f"{COMMON}.schema.json", common)
    return jsonschema.Draft202012Validator(closed(read(name)),
                                           registry=where)


def check_object(name, found):
    """One object of a command against its schema."""
    wrong = jsonschema.exceptions.best_match(validator(name)
                                             .iter_errors(found))
    assert wrong is None, (
        f"{name}.schema.json: {wrong.json_path}: {wrong.message}")
    return found


def name_of(words):
    """The schema of what was typed; None where it has none."""
    words = [str(word) for word in words]
    if words[:2] == ["registry", "log"] and "--bundle" in words:
        return "registry-bundle"
    return next((name for name in ("-".join(words[:2]), *words[:1])
                 if name in names()), None)


def is_asked_for(words):
    words = [str(word) for word in words]
    return ("--json" in words or "--format=json" in words or
            ("--format", "json") in zip(words, words[1:]))


def check(words, out):
    """Standard output of a command that was asked for JSON, and not stopped
    by an error before it had any."""
    name = name_of(words)
    if not name or not out.strip() or not is_asked_for(words):
        return
    try:
        found = [json.loads(out)]
    except json.JSONDecodeError:
        assert name in LINES, out
        found = [json.loads(line) for line in out.splitlines()]
    for one in found:
        check_object(name, one)
