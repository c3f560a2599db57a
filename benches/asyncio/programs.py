"""The programs of the section "Against asyncio itself", as asyncio has them.

Started with the name of an event loop, it says what runs it. Then it reads lines `PROGRAM LAPS`, and answers each with the
nanoseconds that so many laps took.
"""

import asyncio
import random
import sys
from time import perf_counter_ns

BRANCHES = 16
MANY = 1_000


async def ready(number):
    return number


async def pending_once(number):
    await asyncio.sleep(0)
    return number


async def gather(laps):
    start = perf_counter_ns()
    for _ in range(laps):
        await asyncio.gather(*(ready(n) for n in range(BRANCHES)))
    return perf_counter_ns() - start


async def as_completed(laps):
    start = perf_counter_ns()
    for _ in range(laps):
        total = 0
        for result in asyncio.as_completed([pending_once(n) for n in range(MANY)]):
            total += await result
        assert total == sum(range(MANY))
    return perf_counter_ns() - start


async def churn(laps):
    """A lap is one operation: one of many futures is done while they are waited for, and another comes in its place."""
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(MANY)]
    random.Random(1).shuffle(futures)
    pending = set(futures)
    start = perf_counter_ns()
    for lap in range(laps):
        place = lap % MANY
        loop.call_soon(futures[place].set_result, lap)
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        (future,) = done
        assert future.result() == lap
        futures[place] = loop.create_future()
        pending.add(futures[place])
    return perf_counter_ns() - start


async def task_group(laps):
    start = perf_counter_ns()
    for _ in range(laps):
        async with asyncio.TaskGroup() as group:
            for n in range(MANY):
                group.create_task(ready(n))
    return perf_counter_ns() - start


PROGRAMS = {
    "gather": gather,
    "as_completed": as_completed,
    "churn": churn,
    "task_group": task_group,
}


def main():
    version = "CPython " + sys.version.split()[0]
    match sys.argv[1]:
        case "asyncio":
            new_event_loop = asyncio.new_event_loop
        case "uvloop":
            import uvloop

            new_event_loop = uvloop.new_event_loop
            version = "uvloop " + uvloop.__version__
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        print(version, flush=True)
        for line in sys.stdin:
            program, laps = line.split()
            print(runner.run(PROGRAMS[program](int(laps))), flush=True)


if __name__ == "__main__":
    main()
