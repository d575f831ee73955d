# SPDX-License-Identifier: Apache-2.0
"""What the linker will see: which object defines a symbol, and which uses it.
No `extern` written by hand escapes this. All but read() is pure."""
import json
import os
import pathlib
import subprocess

import rooms
import tree


def source(root, build, entry):
    """The path in the tree of what an object is made of; None for the tests."""
    path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
    for top in (build, root):
        name = os.path.relpath(path, top)
        if rooms.layer(name) in tree.FOLDERS:
            return rooms.GENERATED.get(name, name)
    return None


def read(root, build):
    """{source: (defined symbols, used symbols)} of a build of the tree."""
    build = pathlib.Path(build).resolve()
    entries = json.loads((build / "compile_commands.json").read_text())
    names = {}
    for entry in entries:
        name = source(root, build, entry)
        if name and not entry["output"].startswith("tests/"):
            names[entry["output"]] = name
    done = subprocess.run(["nm", "-A", "-P", "-g", *names], cwd=build,
                          capture_output=True, text=True, check=True)
    found = {name: (set(), set()) for name in names.values()}
    for line in done.stdout.splitlines():
        output, symbol, kind = line.split()[:3]
        found[names[output.rstrip(":")]][kind in "Uvw"].add(symbol)
    return found


def uses(objects):
    """{source: {other source: its symbols that the first uses}}."""
    by_symbol = {}
    for name, (defined, _) in objects.items():
        for symbol in defined:
            by_symbol.setdefault(symbol, set()).add(name)
    edges = {name: {} for name in objects}
    for name, (defined, used) in objects.items():
        for symbol in sorted(used - defined):
            for other in by_symbol.get(symbol, ()):
                edges[name].setdefault(other, []).append(symbol)
    return edges


def way(edges, nodes):
    """a.c -> b.c (its symbol) -> ..."""
    return " -> ".join([nodes[0], *(
        f"{b} ({edges[a][b][0]})" for a, b in zip(nodes, nodes[1:]))])
