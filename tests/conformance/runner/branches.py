"""What the branches of several nodes have in common."""

import asyncio

from clock import LEVEL
from outcome import Fail


class Item(Exception):
    """An error with the index of the branch that gave it."""

    def __init__(self, index, code):
        super().__init__(index, code)
        self.index, self.code = index, code


async def end_all(tasks):
    """Difference `drop`: what is left is cancelled, and gone before anything else happens."""
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)


async def each(node, child, depth):
    """A branch under `each_timeout`."""
    if "each" not in node.data:
        return await child.go(depth + 1)
    LEVEL.set(depth + 0.75)
    try:
        return await asyncio.wait_for(child.go(depth + 1), node.option("each"))
    except asyncio.TimeoutError:
        raise Fail(f"l{node.id}") from None
