# SPDX-License-Identifier: Apache-2.0
"""Paths and circles in {node: nodes that it leads to}. Pure."""


def path(edges, start, wanted, through=lambda node: True):
    """The shortest [start, ..., node] with wanted(node), or None; only over
    nodes that `through` lets pass."""
    before, queue = {start: None}, [start]
    for node in queue:
        for after in sorted(edges.get(node, ())):
            if after in before:
                continue
            before[after] = node
            if wanted(after):
                found = [after]
                while before[found[-1]] is not None:
                    found.append(before[found[-1]])
                return found[::-1]
            if through(after):
                queue.append(after)
    return None


def circles(edges):
    """One shortest way round, [a, ..., a], for each set of nodes that lead to
    each other."""
    reach = {node: reached(edges, node) for node in edges}
    seen = set()
    for node in sorted(edges):
        if node in seen or node not in reach[node]:
            continue
        members = {x for x in reach[node] if node in reach.get(x, ())}
        seen |= members
        ways = [way for x in sorted(members)
                if (way := round_trip(edges, x, members))]
        yield len(members), min(ways, key=len)


def reached(edges, start):
    """All that start leads to; start itself only over a circle."""
    found, queue = set(), [start]
    for node in queue:
        for after in edges.get(node, ()):
            if after not in found:
                found.add(after)
                queue.append(after)
    return found


def round_trip(edges, node, members):
    ways = [path(edges, after, lambda x: x == node, members.__contains__)
            if after != node else [node]
            for after in edges[node] if after in members]
    return min(([node, *way] for way in ways if way), key=len, default=None)
