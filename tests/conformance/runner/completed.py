"""`as_completed`."""

import asyncio

from branches import Item, each, end_all
from clock import LEVEL, settle
from outcome import Fail, outcome, text


async def completed(node, depth):
    data, form = node.data, node.data["as"]
    places = asyncio.Semaphore(data.get("lim", 1000))
    tasks, ended, state = [], {}, {"over": False}

    async def branch(child, index):
        await places.acquire()
        try:
            return index, await each(node, child, depth)
        except Fail as error:
            raise Item(index, error.code) from None
        finally:
            if not state["over"]:
                ended[index] = node.now()

    def push(child):
        tasks.append(asyncio.create_task(branch(child, len(tasks))))

    def deadline():
        """Difference `late`."""
        state["over"] = True
        if form != "lent":
            for task in tasks:
                task.cancel()

    for child in node.nodes:
        push(child)
    # Difference `pushes`.
    waits = bool(node.pushes) or form == "lent"
    LEVEL.set(depth)
    until = None if "to" not in data else node.now() + data["to"]
    source = Waits(node, tasks, ended, until) if waits else Iteration(tasks, node.option("to"))
    if until is not None:
        LEVEL.set(depth - 0.1)
        node.world.loop.call_at(until, deadline)
    LEVEL.set(depth)
    buffer, handed, taken, pushed, left = [], 0, 0, 0, True
    try:
        while True:
            await settle(depth)
            while taken < len(ended):
                buffer.append(await source.next())
                taken += 1
            if not buffer:
                if taken == len(tasks):
                    left = False
                    break
                LEVEL.set(depth)
                try:
                    buffer.append(await source.next())
                    taken += 1
                except asyncio.TimeoutError:
                    node.note("late")
                    break
                continue
            # Difference `ties`: what came at one moment comes in argument order.
            assert [ended[i] for i, _ in buffer] == sorted(ended[i] for i, _ in buffer)
            buffer.sort(key=lambda item: (ended[item[0]], item[0]))
            index, code = buffer.pop(0)
            places.release()
            node.note(f"{index}:{code}")
            if handed < len(node.bodies) and node.bodies[handed]:
                await outcome(node.bodies[handed].go(depth + 1))
            if pushed < len(node.pushes):
                push(node.pushes[pushed])
                pushed += 1
            handed += 1
            if handed == data.get("brk"):
                break
        if form == "lent":
            left = bool(buffer) or taken < len(tasks)
        if "rest" in data:
            left = False
            # The limit was that of the loop.
            for _ in tasks:
                places.release()
            rest = [task for task in tasks if not task.done()]
            if rest:
                await asyncio.wait(rest)
            await settle(depth)
    finally:
        node.record.early = int(left)
        await end_all(tasks)
    return node.id


class Iteration:
    """asyncio's own iteration over completions."""

    def __init__(self, tasks, timeout):
        self.iter = asyncio.as_completed(tasks, timeout=timeout) if tasks else iter(())

    async def next(self):
        try:
            index, value = await next(self.iter)
            return index, text(value)
        except Item as error:
            return error.index, error.code


class Waits:
    """The same as a loop of waits."""

    def __init__(self, node, tasks, ended, until):
        self.node, self.tasks, self.ended, self.until = node, tasks, ended, until
        self.handed, self.ready = set(), []

    async def next(self):
        if not self.ready:
            now = self.node.now()
            left = [task for task in self.tasks if task not in self.handed]
            span = None if self.until is None else max(self.until - now, 1e-6)
            done, _ = await asyncio.wait(left, timeout=span, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise asyncio.TimeoutError()
            # Difference `sets`: what `wait` gives has no order.
            self.ready = sorted(done, key=lambda task: self.ended[self.tasks.index(task)])
        task = self.ready.pop(0)
        self.handed.add(task)
        try:
            index, value = task.result()
            return index, text(value)
        except Item as error:
            return error.index, error.code
