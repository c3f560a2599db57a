"""A clock that jumps, and what must have its turn before it does."""

import asyncio
import contextvars

# How deep in the program a timer belongs that is not of a leaf.
LEVEL = contextvars.ContextVar("level")
LEAF = 1000.0


class Hang(Exception):
    """Nothing is ready, and no timer will change that."""


class Loop(asyncio.SelectorEventLoop):
    """A loop with a virtual clock that counts milliseconds."""

    def __init__(self):
        super().__init__()
        self.now = 0
        self.timers = []
        self.settling = []
        self.set_exception_handler(lambda loop, context: None)

    def time(self):
        return self.now

    def call_at(self, when, callback, *args, context=None):
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self.timers.append((round(when), LEVEL.get(), handle))
        return handle

    def _timer_handle_cancelled(self, handle):
        pass

    def _run_once(self):
        if not self._ready:
            self.advance()
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()

    def advance(self):
        """Difference `deadlines`: leaves first, then whatever is deepest, and nodes before deadlines."""
        while True:
            self.timers = [timer for timer in self.timers if not timer[2].cancelled()]
            self.settling = [waiter for waiter in self.settling if not waiter[2].done()]
            due = [timer for timer in self.timers if timer[0] <= self.now]
            levels = [timer[1] for timer in due]
            level = max(levels, default=-1.0)
            deepest = max((waiter[0] for waiter in self.settling), default=-1.0)
            if self.settling and deepest >= level:
                for depth, _, future in sorted(self.settling, key=lambda waiter: waiter[1]):
                    if depth == deepest:
                        future.set_result(None)
                return
            if due:
                fire = [timer for timer in due if timer[1] == level]
                self.timers = [timer for timer in self.timers if timer not in fire]
                self._ready.extend(timer[2] for timer in fire)
                return
            if not self.timers:
                raise Hang()
            self.now = min(timer[0] for timer in self.timers)


async def settle(level, order=0, stubborn=False):
    """Difference `ties`: waits until everything deeper has had its turn at this moment.

    What is stubborn is not cancelled meanwhile, but told so.
    """
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.settling.append((level, order, future))
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
            if not stubborn:
                future.cancel()
                raise
    return cancelled


async def forever():
    await asyncio.get_running_loop().create_future()
