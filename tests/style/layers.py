#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py [ROOT] [--report]: nothing goes up or sideways, by an include, over
a header's includes, or by a symbol; nothing goes in circles; each library has
one owner. rooms.py has the tables. Objects are those of TOKENBRIDGE_BUILD.
--report groups what goes wrong by the rooms that it leads from and to."""
import itertools
import os
import re
import sys

import graph
import objects
import rooms
import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
DOCUMENT = "docs/ARCHITECTURE.md"


def includes(root):
    """{file: (our headers, the system's)}, as far as they are read."""
    found = {}
    for name in tree.code(root):
        all_ = INCLUDE.findall(tree.text(root, name))
        found[name] = ([x for quote, x in all_ if quote == '"'],
                       [x for quote, x in all_ if quote == "<"])
    return found


def own(name, what):
    """Why a header of ours may not be included here, or None."""
    if "/" not in what:
        return f'includes "{what}" without its folder'
    if not rooms.may(name, what):
        return f'includes "{what}": {rooms.room(name)}/ may not'
    for header, patterns in rooms.PRIVATE:
        if what == header and not rooms.fits(name, patterns):
            return f'includes "{what}", which is for ' + ", ".join(patterns)
    if name in rooms.ONLY and not rooms.fits(what, rooms.ONLY[name]):
        return f'includes "{what}": it may only know ' + \
            ", ".join(rooms.ONLY[name])
    return None


def foreign(name, what):
    """The same for a system header."""
    for header, patterns in rooms.OWNERS:
        if not rooms.fits(what, [header]):
            continue
        if rooms.fits(name, patterns):
            return None
        return f"includes <{what}>, which is for " + \
            (", ".join(patterns) or "nobody")
    if what in rooms.LIBC or what.startswith(rooms.LIBC_FOLDERS):
        return None
    return f"includes <{what}>, which no row of rooms.py knows"


def direct(found):
    """(from, to, why) of every include that may not be."""
    for name, (ours, theirs) in found.items():
        for what in ours:
            if why := own(name, what):
                yield name, what, f"{name} {why}"
        for what in theirs:
            if why := foreign(name, what):
                yield name, None, f"{name} {why}"


def indirect(found):
    """The same over a header of another room, which itself may include that:
    said of the file that includes the header, not of those above it."""
    edges = {name: [x for x in ours if rooms.may(name, x)]
             for name, (ours, _) in found.items()}
    for name in edges:
        bad = graph.reached(edges, name) - set(edges[name])
        for what in sorted(x for x in bad if not rooms.may(name, x)):
            way = graph.path(edges, name, lambda x: x == what,
                             lambda x: rooms.may(name, x))
            if way and rooms.room(way[1]) != rooms.room(name):
                yield name, what, " -> ".join(way) + \
                    f": {rooms.room(name)}/ may not"


def symbols(edges, declared):
    """The same for what an object uses of another. `declared` has the words of
    the headers of each room that others stand behind."""
    for name, others in edges.items():
        for other, used in others.items():
            contract = rooms.BEHIND.get(rooms.room(other), "?")
            if rooms.may(name, contract + "/"):
                used = set(used) - declared.get(contract, set())
            if used and not rooms.may(name, other):
                yield name, other, f"{name} uses {min(used)}() of {other}" + \
                    f": {rooms.room(name)}/ may not"


def contracts(root, names):
    """{room: all words of its headers}, for those that others stand behind."""
    return {room: {word for name in names if rooms.room(name) == room and
                   name.endswith(".h")
                   for word in re.findall(r"\w+", tree.text(root, name))}
            for room in rooms.BEHIND.values()}


def never(edges, tell):
    """Rooms that must not reach each other by any way."""
    for starts, ends in rooms.NEVER:
        for name in (x for x in edges if rooms.fits(x, [starts])):
            way = graph.path(edges, name, lambda x: rooms.fits(x, ends))
            if way:
                yield f"{tell(way)}: {starts} must not reach {way[-1]}"


def circles(edges, tell):
    for count, way in graph.circles(edges):
        yield f"a circle of {count}: {tell(way)}"


def object_reasons(built, declared):
    """All that is wrong with objects: pure, broken.py feeds it too."""
    edges = objects.uses(built)

    def tell(nodes):
        return objects.way(edges, nodes)
    yield from (why for _, _, why in symbols(edges, declared))
    yield from never(edges, tell)
    yield from circles(edges, tell)


def include_reasons(found):
    edges = {name: ours for name, (ours, _) in found.items()}
    yield from (why for _, _, why in direct(found))
    yield from (why for _, _, why in indirect(found))
    yield from never(edges, " -> ".join)
    yield from circles(edges, " -> ".join)


def room_reasons(names, table):
    """Every file has a room, every room a sentence and 3 to 20 files."""
    files = {}
    for name in names:
        files.setdefault(rooms.room(name), []).append(name)
    for name in sorted(set(files) | set(table)):
        sentence, words = table.get(name, ("?", ""))
        count = len(files.get(name, ()))
        if name not in table:
            yield f"{files[name][0]} is in {name}/, which rooms.py lacks"
        elif count not in rooms.SIZE and name not in rooms.ANY_SIZE:
            yield f"{name}/ has {count} files, not " + \
                f"{rooms.SIZE[0]} to {rooms.SIZE[-1]}"
        if not sentence:
            yield f"{name}/ has no sentence that says what it is for"
        for word in words.split():
            if not known(f"{rooms.layer(name)}/{word}", table):
                yield f"{name}/ may use '{word}', which is no room"


def known(whole, table):
    """A room, a header in one, a layer, or all."""
    word = whole.split("/", 1)[1]
    return word == "*" or word in rooms.LAYERS or whole in table or \
        rooms.room(whole) in set(table) - set(rooms.LAYERS)


def rows(root):
    """Files that rows name and that are not there any more."""
    named = [*rooms.FILES, *rooms.ONLY, *(x for x, _ in rooms.PRIVATE)]
    named += [x for _, patterns in rooms.OWNERS + rooms.PRIVATE
              for x in patterns if "*" not in x]
    for name in sorted(set(named)):
        if not (root / name).is_file():
            yield f"a row of rooms.py names {name}, which is not there"


def document(root):
    """The rooms as people read them: a table, and a picture."""
    said = tree.text(root, DOCUMENT).splitlines()
    for row in rooms.table():
        if row not in said:
            yield f"{DOCUMENT} lacks the row {row}"
    for row in said:
        if re.match(r"\| `(token|aws|bridge)/\w", row) and \
                row not in rooms.table():
            yield f"{DOCUMENT} has a row that rooms.py lacks: {row}"
    begin = said.index("```", said.index("## Rooms"))
    lines = picture(said[begin + 1:said.index("```", begin + 1)])
    for name in sorted(set(lines) ^ set(rooms.ROOMS)):
        yield f"{DOCUMENT}: {name}/ is not both in the picture and in rooms.py"
    for name, other in itertools.permutations(lines, 2):
        if lines[name] >= lines[other] and rooms.may(
                name + "/x.c", other + "/x.h"):
            yield f"{DOCUMENT}: {name}/ uses {other}/, which stands no lower"


def picture(said):
    """{room: its line}. A layer's name begins a line, its rooms follow."""
    lines, layer = {}, None
    for number, line in enumerate(said):
        words = re.findall(r"([a-z][a-z/]*)/(?!\S)", line)
        if re.match(r"  \w", line):
            layer = words.pop(0)
        for word in words:
            lines[word if word == layer else f"{layer}/{word}"] = number
    return lines


def rig(root):
    """The soft token stands alone: it must not share our mistakes."""
    for name in tree.files(root):
        if not name.startswith("tests/rig/") or not name.endswith(tree.CODE):
            continue
        for quote, what in INCLUDE.findall(tree.text(root, name)):
            if quote == '"' and "/" in what:
                yield f'{name} includes "{what}" of the tree that it tests'


def print_report(found, edges, declared):
    """The work that is left, by where it leads."""
    groups = {}
    for name, what, why in [*direct(found), *indirect(found),
                            *symbols(edges, declared)]:
        key = (rooms.room(name), rooms.room(what) if what else "<library>")
        groups.setdefault(key, []).append(why)
    for (here, there), whys in sorted(groups.items()):
        print(f"{here} -> {there}: {len(whys)}")
        print("".join(f"    {why}\n" for why in whys), end="")
    for why in [*room_reasons(found, rooms.ROOMS), *circles(
            edges, lambda nodes: objects.way(edges, nodes))]:
        print(why)
    print(f"{sum(map(len, groups.values()))} in {len(groups)} groups")


def main():
    want_report = "--report" in sys.argv
    if want_report:
        sys.argv.remove("--report")
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    build = os.environ.get("TOKENBRIDGE_BUILD")
    if not build:
        raise SystemExit("layers.py: TOKENBRIDGE_BUILD is not set")
    found, built = includes(root), objects.read(tree.ROOT, build)
    declared = contracts(root, found)
    if want_report:
        return print_report(found, objects.uses(built), declared)
    report.check(f"layers: 0 wrong includes in {len(found)} files",
                 include_reasons(found))
    report.check(f"layers: 0 arrows up and 0 circles in {len(built)} objects",
                 object_reasons(built, declared))
    report.check(f"layers: {len(rooms.ROOMS)} rooms",
                 room_reasons(found, rooms.ROOMS))
    report.check("layers: rows of rooms.py", rows(root))
    report.check(f"layers: {DOCUMENT}", document(root))
    report.check("layers: the rig stands alone", rig(root))
    return report.end()


if __name__ == "__main__":
    main()
