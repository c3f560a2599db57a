"""`TaskGroup`."""

import asyncio
import sys

from clock import LEVEL, forever, settle
from outcome import Fail, Record, text


class Stop(Exception):
    """What ends a group early, as the documentation of asyncio has it."""


def calm(requests):
    """Difference `requests`: before 3.13 a group whose body had ended forgets to take its request to cancel back."""
    task = asyncio.current_task()
    while sys.version_info < (3, 13) and task.cancelling() > requests:
        task.uncancel()


class Script:
    """The statements of a child."""

    def __init__(self, run, node, data):
        self.id = run.count
        run.count += 1
        self.statements = statements(run, node, data)


def statements(run, node, data):
    made = []
    for statement in data:
        if statement == "stop":
            made.append(("stop", None))
            continue
        ((word, value),) = statement.items()
        if word == "run":
            value = node(run, value)
        elif word in ("task", "scope"):
            value = Script(run, node, value)
        made.append((word, value))
    return made


async def group(node, depth):
    group = Group(node, depth)
    LEVEL.set(depth)
    try:
        async with asyncio.timeout(node.option("to")):
            requests = asyncio.current_task().cancelling()
            try:
                async with asyncio.TaskGroup() as group.tasks:
                    value = await group.run(node.script, node.record, group.body)
                    LEVEL.set(depth)
            except BaseExceptionGroup as errors:
                calm(requests)
                node.record.early = 1
                errors = errors.exceptions
                if not any(isinstance(error, (Fail, Stop)) for error in errors):
                    raise
                if group.stopped is None or isinstance(errors[0], Fail):
                    node.record.result = ",".join(text(e) for e in errors if isinstance(e, Fail))
                    raise Fail(f"g{node.id}") from None
                value = group.stopped
            else:
                calm(requests)
    except asyncio.TimeoutError:
        node.record.early = 1
        raise Fail(f"l{node.id}") from None
    await settle(depth)
    node.record.result = text(value)
    return node.id


class Group:
    """A task group while it runs."""

    def __init__(self, node, depth):
        self.node, self.depth = node, depth
        self.fails = "fails" in node.data
        self.places = asyncio.Semaphore(node.data.get("lim", 1000))
        self.stopped, self.failed = None, False
        self.body = node.id

    async def run(self, script, record, id):
        """Runs the statements of the body or of a child."""
        try:
            result = await self.statements(script, record, id)
        except Fail as error:
            result = error
        # Difference `ties`: all that fail at one moment do so together.
        cancelled = await settle(self.depth + 0.5, id, stubborn=True)
        if self.fails and isinstance(result, Fail):
            self.failed = True
            raise result
        if cancelled:
            raise asyncio.CancelledError()
        return result

    async def child(self, script):
        records = self.node.world.records
        async with self.places:
            # Difference `newcomers`: all that is there has its turn before.
            await settle(self.depth + 0.4, script.id)
            if self.failed or self.stopped is not None:
                await forever()
            record = records[script.id] = Record(self.node.now())
            try:
                result = await self.run(script.statements, record, script.id)
                record.how = result.code if isinstance(result, Fail) else "ok"
                return result
            except Fail as error:
                record.how = error.code
                raise
            except asyncio.CancelledError:
                record.how = "x"
                raise
            finally:
                record.end = self.node.now()

    async def stopper(self):
        raise Stop()

    def spawn(self, coroutine):
        try:
            return self.tasks.create_task(coroutine)
        except RuntimeError:
            coroutine.close()
            return None

    async def statements(self, script, record, id):
        children = []
        for word, value in script:
            if word == "run":
                if self.stopped is not None:
                    await forever()
                await value.go(self.depth + 1)
            elif word in ("task", "scope"):
                over = self.failed or self.stopped is not None
                children.append(None if over else self.spawn(self.child(value)))
            elif word == "stop":
                # Difference `stop`.
                if self.stopped is None:
                    self.stopped = id
                    self.spawn(self.stopper())
            else:
                child = children[value]
                if child is None and word == "await":
                    await forever()
                finished = child is not None and child.done()
                if child is not None and not finished:
                    if word == "cancel":
                        child.cancel()
                    await asyncio.wait([child])
                gone = child is None or child.cancelled() or child.exception() is not None
                if word == "cancel":
                    result = None if gone or not finished else child.result()
                elif gone:
                    # Difference `handles`: it is the group that says so.
                    await forever()
                else:
                    result = child.result()
                record.notes.append([self.node.now(), f"{word} {text(result)}"])
        return id
