import pytest
from tests.propose.test_written_tests import observed, target, written

from aitestgen.propose.by_search.prepared import is_needed, is_prepared, unfolded

TEAM = "prepared(Team(), lambda it: it.hire('ann'), lambda it: it.hire('it'))"
DEFINITION = "def prepared(thing, *steps):\n    return thing"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(TEAM, True), ("prepared(Team())", True), ("[prepared(Team())]", False), ("prepared(", False), ("Team()", False)],
)
def test_only_a_call_of_the_function_is_a_prepared_object(text: str, is_one: bool) -> None:
    assert is_prepared(text) is is_one


def test_what_happens_to_the_object_becomes_lines() -> None:
    assert unfolded(TEAM, "team") == "Team()\nteam.hire('ann')\nteam.hire('it')"
    assert unfolded("Team()", "team") == "Team()"


def test_the_function_is_defined_only_where_it_is_called() -> None:
    assert not is_needed(DEFINITION, "team = Team()\n")
    assert is_needed(DEFINITION, "assert f([prepared(Team())])\n")
    assert is_needed("def other():\n    pass", "")


def test_an_argument_is_prepared_line_by_line() -> None:
    case = observed(arguments=[TEAM, "2"], definitions=[DEFINITION])
    candidate = written(case, target(parameters="team n"))
    assert candidate.code == (
        "def test_add_returns_3():\n"
        "    team = Team()\n"
        "    team.hire('ann')\n"
        "    team.hire('it')\n"
        "    assert add(team, 2) == 3\n"
    )
    assert (candidate.definitions, candidate.table) == ((), None)


def test_a_keyword_that_changes_is_asserted_by_its_variable() -> None:
    facts = {"result": "None", "argument:k_team:{}.size": "2", "output": "''"}
    case = observed(
        arguments=["1"],
        keywords={"team": "prepared(Team(), lambda it: it.hire('ann'))"},
        observation={"facts": facts, "shown": ["result", "argument:k_team:{}.size"]},
    )
    code = written(case, target(parameters="n")).code
    assert "    team = Team()\n    team.hire('ann')\n\n    add(1, team=team)\n\n    assert team.size == 2\n" in code
