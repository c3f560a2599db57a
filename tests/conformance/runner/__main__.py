"""Runs programs of the conformance tests on asyncio: a program a line in, its outcome a line out.

Time is virtual: when nothing is ready it jumps to the next timer. README.md describes the language, and
../differences.rs the differences between asyncio and rejoin. Those that are made up for here bear their names in comments.
"""

import asyncio
import json
import sys

from clock import LEVEL, Hang, Loop, settle
from node import Node
from outcome import Record, outcome


class Run:
    """A program, and what happens in it."""

    def __init__(self, program):
        self.count, self.records = 0, {}
        self.root = Node(self, program)

    def __call__(self):
        self.loop = Loop()
        try:
            self.loop.run_until_complete(self.main())
        except Hang:
            return "hang"
        finally:
            for task in asyncio.all_tasks(self.loop):
                task._log_destroy_pending = False
            self.loop.close()
        none = Record(0)
        records = [self.records.get(id) for id in range(self.count)]
        assert all(record is None or record.end is not None for record in records), "something is left"
        return [record and record.json() for record in records]

    async def main(self):
        LEVEL.set(0.0)
        await outcome(self.root.go(0.0))
        await settle(-0.5)


def main():
    for line in sys.stdin:
        try:
            answer = Run(json.loads(line))()
        except (Exception, asyncio.CancelledError) as error:
            answer = f"runner: {type(error).__name__}: {error}"
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
