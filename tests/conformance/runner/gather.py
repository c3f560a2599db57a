"""`gather`, and `wait_for` around it."""

import asyncio

from branches import each, end_all
from clock import LEVEL, settle
from outcome import Fail, text


async def gather(node, depth):
    data, ends, started = node.data, {}, []
    places = asyncio.Semaphore(data.get("lim", 1000))

    async def branch(child, index):
        async with places:
            started.append(index)
            try:
                return await each(node, child, depth)
            finally:
                ends[index] = node.now()

    def failed():
        """Difference `ties`: the first by position of those that failed at this moment."""
        for index, task in enumerate(tasks):
            if task.done() and not task.cancelled() and task.exception() and ends[index] == node.now():
                return task.exception()
        return None

    values = "rex" in data or "each" in data and "typed" not in data
    tasks = [asyncio.create_task(branch(child, i)) for i, child in enumerate(node.nodes)]
    LEVEL.set(depth)
    try:
        if "part" in data:
            when = asyncio.ALL_COMPLETED if values else asyncio.FIRST_EXCEPTION
            if tasks:
                await asyncio.wait(tasks, timeout=node.option("to"), return_when=when)
            await settle(depth)
            if not values and failed():
                raise failed()
            results = [task.done() and (task.exception() or task.result()) for task in tasks]
            results = [None if result is False else result for result in results]
            if data["as"] in ("spread", "mixed"):
                # Difference `untaken`.
                results = results[: max(len(started), int(data["as"] == "mixed"))]
            node.record.early = int(None in results)
        else:
            together = asyncio.gather(*tasks, return_exceptions=values)
            try:
                results = await (asyncio.wait_for(together, node.option("to")) if "to" in data else together)
            except asyncio.TimeoutError:
                raise Fail(f"l{node.id}") from None
            except Fail as error:
                await settle(depth)
                codes = [t.exception().code for t in tasks if t.done() and not t.cancelled() and t.exception()]
                assert error.code in codes
                raise failed() from None
            await settle(depth)
    except Fail:
        node.record.early = 1
        raise
    finally:
        await end_all(tasks)
    node.record.result = ",".join(map(text, results))
    return node.id
