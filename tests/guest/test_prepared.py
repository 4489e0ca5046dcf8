"""Objects to which something has happened, as arguments."""

from typing import Any

from tests.guest.test_search import _forget_the_module, job_of  # noqa: F401  # a fixture, used by itself

from aitestgen_guest.arguments import inputs
from aitestgen_guest.search.histories import History
from aitestgen_guest.search.learning import learn, search_of
from aitestgen_guest.search.prepared import prepared
from aitestgen_guest.search.world import World

TEAMS = """
    class Team:
        def __init__(self):
            self.members = []

        def hire(self, name: str):
            self.members.append(name)

        async def later(self):
            return 1

    def roll(team: Team) -> str:
        if len(team.members) > 1:
            return "many"
        return "one" if team.members else "none"
"""


def searched(name: str) -> Any:
    job = job_of(TEAMS)
    world = World(job)
    world.load()
    learn(world, lambda _: None)
    search = search_of(world, next(one for one in job["targets"] if one["id"] == name), name)
    assert search is not None
    search.stage.wall_seconds = 60
    search.run(900, 5)
    return search


def test_a_function_meets_objects_to_which_something_has_happened() -> None:
    results = {entry.observation["facts"].get("result"): str(entry.case) for entry in searched("roll").kept.results()}
    assert {"'many'", "'one'", "'none'"} <= set(results)
    assert "prepared(Team(), " in results["'many'"]


def test_histories_of_a_few_plain_calls_are_prepared() -> None:
    callables = searched("roll").callables
    team, hired = ("call", "Team", [], {}), ["hire", [inputs.data("a")], {}]
    pasts = [
        *(History(team, steps) for steps in ([], [hired], [hired] * 4, [["later", [], {}]], [["set:members", [], {}]])),
        *(History(team, [[verb, [], {}]]) for verb in ("advance", "_hidden", "missing")),
    ]
    assert [inputs.source(made) for made in prepared("Team", pasts, callables)] == [
        "prepared(Team(), lambda it: it.hire('a'))"
    ]


def test_what_happens_to_a_receiver_are_steps_of_its_case() -> None:
    search = searched("Team.hire")
    receivers = [entry.case["receiver"] for entry in [*search.kept.results(), *search.kept.spare()]]
    assert receivers
    assert all(receiver[0] == "call" for receiver in receivers)
