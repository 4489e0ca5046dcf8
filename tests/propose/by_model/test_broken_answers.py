"""Sixteen kinds of broken answers: what can be saved of each is saved, by reading and by running."""

import asyncio
import dataclasses
from collections import defaultdict

import pytest
from tests.propose.by_model.broken_answers import ANSWERS, MODULE, Broken
from tests.propose.by_model.facts import facts

from aitestgen.measure.test_runs import test_run
from aitestgen.propose.by_model.proposals import Answer, Proposal
from aitestgen.propose.by_model.recapture import mended, read_retold, recapture_run
from aitestgen.propose.by_model.reply_cases import read_cases
from aitestgen.propose.by_model.reply_code import read_code
from aitestgen.propose.by_model.written import candidate_of
from aitestgen.render.pytest_file import TestFile, render
from aitestgen.salvage import Rig, runnable
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import Candidate, Limits, Run
from aitestgen.worth import setting_of

SUBJECT, EXPLORATION, KNOWN = facts(
    MODULE,
    ["RATES", "Account", "ratio", "label", "days", "root"],
    {"math": "import math", "date": "from datetime import date"},
)
ROOMY = Limits(cpu_cores=2.0, memory_bytes=512 * 1024 * 1024, wall_seconds=20)
IDS = [one.kind for one in ANSWERS]


def answer_to(broken: Broken) -> Answer:
    return read_cases(broken.answer, KNOWN) if broken.cases else read_code(broken.answer, KNOWN)


@pytest.mark.parametrize("broken", ANSWERS, ids=IDS)
def test_a_broken_answer_is_read_test_by_test(broken: Broken) -> None:
    assert set(broken.saved) <= {proposal.source for proposal in answer_to(broken).proposals}


@pytest.fixture(scope="module")
def passing() -> dict[str, dict[str, list[Candidate]]]:
    """By kind of answer, the candidates that pass by the test or case that each was made of; two jails for all."""
    numbered = [(one.kind, proposal) for one in ANSWERS for proposal in answer_to(one).proposals]
    return asyncio.run(run_all(numbered))


async def run_all(numbered: list[tuple[str, Proposal]]) -> dict[str, dict[str, list[Candidate]]]:
    sandbox, interpreter = BubblewrapSandbox(), own_interpreter()
    proposals = [proposal for _, proposal in numbered]
    result = await sandbox.run(recapture_run(SUBJECT.source, interpreter, ROOMY, proposals))
    told = read_retold(result.frames, proposals)
    made = {}
    for number, (kind, proposal) in enumerate(numbered):
        item = candidate_of(mended(proposal, told[number], KNOWN), SUBJECT, KNOWN)
        if item is not None:
            made[f"{number}"] = (kind, proposal.source, dataclasses.replace(item, id=f"{number}"))
    setting = setting_of(SUBJECT, EXPLORATION)

    def run_of(file: TestFile) -> Run:
        name = "test_user_code.py"
        run = test_run(SUBJECT.source, interpreter, name, file.text, ROOMY)
        return dataclasses.replace(run, expected=file.base_ids(name))

    rig = Rig(sandbox=sandbox, written=lambda some: render(some, setting), run_of=run_of)
    done = await runnable(rig, [item for _, _, item in made.values()], seeds=(1,))
    found: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for test in done.trial.stable:
        kind, source, item = made[done.trial.owner[test]]
        found[kind][source].append(item)
    return found


@pytest.mark.jail
@pytest.mark.timeout(180)
class TestRun:
    """What is left of each answer when it has run."""

    @pytest.mark.parametrize("broken", ANSWERS, ids=IDS)
    def test_what_can_be_saved_passes(self, broken: Broken, passing: dict[str, dict[str, list[Candidate]]]) -> None:
        assert set(passing[broken.kind]) == set(broken.saved)

    def test_a_pasted_module_is_not_what_is_tested(self, passing: dict[str, dict[str, list[Candidate]]]) -> None:
        (item,) = passing["3 the module pasted and changed"]["test_new_account"]
        assert "balance == 0" in item.code
        assert "class Account" not in item.code

    def test_each_check_of_an_endless_test_stands_by_itself(
        self, passing: dict[str, dict[str, list[Candidate]]]
    ) -> None:
        saved = passing["7 one endless test, the first check wrong"]["test_everything"]
        assert len(saved) > 50
        assert any("ratio(1, 1) == 1.0" in item.code for item in saved)

    def test_rows_of_a_table_are_filtered_and_mended_one_by_one(
        self, passing: dict[str, dict[str, list[Candidate]]]
    ) -> None:
        rows = [item.table for item in passing["9 tables of literals and of the module's own"]["test_ratio"]]
        assert [row.row for row in rows if row] == [("6", "3", "2"), ("1", "4", "0.25"), ("9", "3", "3")]

    def test_vacuous_assertions_are_gone(self, passing: dict[str, dict[str, list[Candidate]]]) -> None:
        (item,) = passing["13 is between values, and vacuous assertions"]["test_nothing"]
        assert "True" not in item.code
        assert "2 + 2" not in item.code

    def test_a_setup_that_raises_becomes_a_test_of_that(self, passing: dict[str, dict[str, list[Candidate]]]) -> None:
        (item,) = passing["15 JSON with raw newlines, extra keys, prose and a cut tail"]["case 5"]
        assert "pytest.raises(ValueError, match='^owner is required$')" in item.code

    def test_an_exception_that_did_not_come_is_replaced_by_the_value(
        self, passing: dict[str, dict[str, list[Candidate]]]
    ) -> None:
        saved = passing["16 a method outside of its class, with the echoed error"]["test_zero"]
        assert any("ratio(1, 2) == 0.5" in item.code for item in saved)
