"""What is read of the source alone is read before workers are forked: each of these would read it again."""

import inspect
import sys
from collections.abc import Iterator

import pytest

from aitestgen_guest.environment.mentions import mentions
from aitestgen_guest.search.learning import search_of
from aitestgen_guest.search.world import World

from .test_search import MODULE, job_of

VARIED = """
    import asyncio
    import configparser
    import json

    known = {}

    def keep(name, value):
        known[name] = value
        return len(known)

    def look_up(name):
        return known.get(name)

    def load(path):
        with open(path) as stream:
            return json.load(stream)["name"]

    async def ask(get, stream):
        async for item in stream:
            if asyncio.iscoroutinefunction(get):
                return await get(item)
        return None

    class Settings:
        verbose = False

        def __init__(self, text):
            self.parser = configparser.ConfigParser()
            self.parser.read_string(text)
            self.level = 1

        def shown(self):
            return self.parser.get("main", "name") if self.verbose else self.level
"""


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


def readings() -> "dict[str, int]":
    """How often each function that takes a source apart, and keeps what it found, had to do so.

    To look for a word in it, as `mentions` does, is no more work than to remember whether it is there.
    """
    modules = [module for name, module in sys.modules.items() if name.startswith("aitestgen_guest.")]
    kept = {item for module in modules for item in vars(module).values() if hasattr(item, "cache_info")} - {mentions}
    taking = [item for item in kept if "source" in inspect.signature(item).parameters]
    return {item.__qualname__: item.cache_info().misses for item in taking}


def test_workers_have_nothing_to_read_again() -> None:
    world = World(job_of(VARIED))
    world.load()
    before = readings()
    for description in world.job["targets"]:
        search = search_of(world, description, "once")
        assert search is not None
        search.run(60, 3)
    assert len(before) > 10
    assert readings() == before
