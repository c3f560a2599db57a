"""`wait`, several times on the same tasks."""

import asyncio

from branches import end_all
from clock import LEVEL, settle
from outcome import Fail, outcome, text


class Places:
    """A semaphore whose number may change."""

    def __init__(self):
        self.limit, self.taken, self.queue = None, 0, []

    def set(self, limit):
        self.limit = limit
        self.start()

    def start(self):
        while self.queue and (self.limit is None or self.taken < self.limit):
            future = self.queue.pop(0)
            if not future.done():
                self.taken += 1
                future.set_result(None)

    async def take(self):
        future = asyncio.get_running_loop().create_future()
        self.queue.append(future)
        self.start()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.free()
            raise

    def free(self):
        self.taken -= 1
        self.start()


async def wait(node, depth):
    tasks, live, ended, places = [], [], {}, Places()

    async def branch(child, index):
        await places.take()
        try:
            return await child.go(depth + 1)
        finally:
            ended[index] = node.now()
            places.free()

    def push(child):
        live.append(len(tasks))
        tasks.append(asyncio.create_task(branch(child, len(tasks))))

    def met(done, when):
        done = [tasks[i] for i in done]
        if when == "success":
            return any(task.exception() is None for task in done)
        return len(done) >= when

    for child in node.nodes:
        push(child)
    try:
        for round, gap, pushes in node.rounds:
            if gap:
                await outcome(gap.go(depth + 1))
            for child in pushes:
                push(child)
            places.set(round.get("lim"))
            when = round["when"]
            modes = {"all": asyncio.ALL_COMPLETED, "first": asyncio.FIRST_COMPLETED, "error": asyncio.FIRST_EXCEPTION}
            until = None if "to" not in round else node.now() + round["to"]
            if gap:
                await settle(depth)
            waiting = [i for i in live if not tasks[i].done()]
            while True:
                done = [i for i in live if tasks[i].done()]
                if when not in modes and (met(done, when) or not waiting):
                    break
                # Difference `empty`: asyncio refuses to wait for nothing.
                if not live:
                    break
                span = None if until is None else max(until - node.now(), 1e-6)
                LEVEL.set(depth)
                mode = modes.get(when, asyncio.FIRST_COMPLETED)
                fs = live if when in modes else waiting
                await asyncio.wait([tasks[i] for i in fs], timeout=span, return_when=mode)
                # Difference `ties`: whatever is done at this moment is done.
                await settle(depth)
                waiting = [i for i in live if not tasks[i].done()]
                if when in modes or until is not None and node.now() >= until:
                    break
            done = sorted((i for i in live if tasks[i].done()), key=lambda i: (ended[i], i))
            live = [i for i in live if not tasks[i].done()]
            node.note(",".join(f"{i}:{text(tasks[i].exception() or tasks[i].result())}" for i in done), f"/{len(live)}")
        rest = node.data.get("rest")
        if rest:
            places.set(None)
        if rest == "drain" and live:
            await asyncio.wait([tasks[i] for i in live])
            await settle(depth)
            done = sorted(live, key=lambda i: (ended[i], i))
            node.record.result = ",".join(str(i) for i in done)
        elif rest == "gather":
            try:
                results = await asyncio.gather(*(tasks[i] for i in live))
                await settle(depth)
            except Fail:
                await settle(depth)
                node.record.early = 1
                raise next(tasks[i].exception() for i in live if tasks[i].done() and tasks[i].exception()) from None
            node.record.result = ",".join(map(text, results))
        node.record.early = int(bool(live) and rest is None)
    finally:
        await end_all(tasks)
    return node.id
