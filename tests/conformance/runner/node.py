"""Programs: nodes with numbers."""

import asyncio

from clock import LEAF, LEVEL
from completed import completed
from gather import gather
from group import group, statements
from outcome import Fail, Record, outcome, text
from wait import wait


class Node:
    """A node of a program, with its number."""

    def __init__(self, run, data):
        self.id = run.count
        run.count += 1
        self.data = data
        nodes = lambda list: [Node(run, node) for node in list]
        if isinstance(data, int) or "e" in data:
            self.run = leaf
            self.delay = data if isinstance(data, int) else data["e"]
        elif isinstance(data, list):
            self.run, self.nodes = sequence, nodes(data)
        elif "catch" in data:
            self.run, self.nodes = catch, nodes([data["catch"]])
        elif "spawn" in data:
            self.run, self.nodes = spawn, nodes([data["spawn"]])
        elif "gather" in data:
            self.run, self.nodes = gather, nodes(data["gather"])
        elif "next" in data:
            self.run, self.nodes = completed, nodes(data["next"])
            self.bodies = [None if body == 0 else Node(run, body) for body in data.get("bodies", [])]
            self.pushes = nodes(data.get("push", []))
        elif "wait" in data:
            self.run, self.nodes, self.rounds = wait, nodes(data["wait"]), []
            for round in data["rounds"]:
                gap = Node(run, round["gap"]) if "gap" in round else None
                self.rounds.append((round, gap, nodes(round.get("push", []))))
        else:
            self.run, self.script = group, statements(run, Node, data["group"])
        self.world = run

    @property
    def record(self):
        return self.world.records[self.id]

    def now(self):
        return self.world.loop.now

    def note(self, *words):
        self.record.notes.append([self.now(), " ".join(words)])

    def option(self, name):
        """A duration; that of nothing passes like others, difference `zero`."""
        value = self.data.get(name)
        return value if value is None else value or 1e-6

    async def go(self, depth):
        record = self.world.records[self.id] = Record(self.now())
        try:
            return await self.run(self, depth)
        except Fail as error:
            record.how = error.code
            raise
        except asyncio.CancelledError:
            record.how, record.early = "x", 0
            raise
        finally:
            record.end = self.now()


async def leaf(node, depth):
    if node.delay:
        LEVEL.set(LEAF)
        await asyncio.sleep(node.delay)
    if not isinstance(node.data, int):
        raise Fail(f"e{node.id}")
    return node.id


async def sequence(node, depth):
    for child in node.nodes:
        await child.go(depth + 1)
    return node.id


async def catch(node, depth):
    node.record.result = text(await outcome(node.nodes[0].go(depth + 1)))
    return node.id


async def spawn(node, depth):
    await asyncio.create_task(node.nodes[0].go(depth + 1))
    return node.id
