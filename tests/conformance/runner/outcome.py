"""What programs give, and how it is written down."""

import asyncio


class Fail(Exception):
    """An error of a leaf `e3`, a deadline `l3`, or a group `g3`, of the node with this number."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def text(result):
    """A result as it stands in outcomes."""
    if result is None:
        return "_"
    return result.code if isinstance(result, Fail) else str(result)


async def outcome(coroutine):
    """A result or an error, as a value."""
    try:
        return await coroutine
    except Fail as error:
        return error


class Record:
    """What happened to a node."""

    def __init__(self, start):
        self.start, self.end = start, None
        self.how, self.early, self.result, self.notes = "ok", 0, "", []

    def json(self):
        return [self.start, self.end, self.how, self.early, self.result, self.notes]
