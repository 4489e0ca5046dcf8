"""What a search found as candidates, and what these are worth, by their own claims and as they ran."""

import dataclasses
from collections.abc import Hashable, Iterable, Mapping, Sequence

from aitestgen.analyse.existing import imports_of
from aitestgen.choose import Offer, cover, first_gains, without_superfluous
from aitestgen.measure.coverage import Possible, analyse_text, total
from aitestgen.measure.gains import (
    KILL,
    TARGET,
    Gain,
    arcs_in,
    kill_gains,
    lines_in,
    reached_targets,
    run_gains,
    target_gain,
    within,
)
from aitestgen.measure.test_runs import IMPORT
from aitestgen.measure.trial import Trial
from aitestgen.propose.by_search.observed import Exploration
from aitestgen.render.pytest_file import Setting
from aitestgen.salvage import Salvaged
from aitestgen.standing import Standing
from aitestgen.values import Before, Candidate, Coverage, Evidence, Finding, Mutation, Style, Subject
from aitestgen.wording import counted

SPARE_COVER = 2
"""Each gain that the search claims is covered twice over in the trial, so that one flaky test does not lose it."""


def possible_in(subject: Subject) -> Possible:
    return analyse_text(subject.source.text, skip_lines=subject.test_lines)


def covered_by(subject: Subject, trial: Trial) -> Coverage:
    """The coverage of all tests and the import; `hit_lines` are those that tests run."""
    possible = possible_in(subject)
    by_tests = (arcs for name, arcs in trial.arcs.items() if name != IMPORT)
    return dataclasses.replace(total(possible, trial.arcs.values()), hit_lines=total(possible, by_tests).hit_lines)


def preselected(subject: Subject, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates worth a trial, by what the search claims of them; private targets are called for the rest only."""
    offers = {item.id: Offer(gains=_claims(item), cost=item.cost) for item in candidates}
    public, private = _parted(subject, candidates, offers)
    wanted = cover(public, times=SPARE_COVER) + [i.id for i in candidates if i.id in public and not i.is_spare]
    wanted += cover(private, have=_all_gains(public, wanted), times=SPARE_COVER)
    return [item for item in candidates if item.id in wanted]


def chosen(
    subject: Subject,
    candidates: Sequence[Candidate],
    offers: Mapping[str, Offer],
    *,
    have: frozenset[Gain],
    limit: int | None,
) -> list[Candidate]:
    """The smallest suite that keeps every gain, in the order of its file.

    Public targets are tested by calling them (direct_offers). Private ones are called only for what these calls do not
    bring, and come last: who changes how a module works inside should find few tests in the way.
    """
    public, private = _parted(subject, candidates, offers)
    direct = direct_offers(subject, candidates, public)
    spare = {item.id for item in candidates if item.is_spare}
    first = cover({name: offer for name, offer in direct.items() if name not in spare}, have=have, limit=limit)
    got = have.union(*(own_gains(public[name]) for name in first))
    left = None if limit is None else max(0, limit - len(first))
    first += cover({name: offer for name, offer in direct.items() if name in spare}, have=got, limit=left)
    first = without_superfluous(first, direct, set(have))
    got = have.union(*(own_gains(public[name]) for name in first))
    left = None if limit is None else max(0, limit - len(first))
    last = cover(private, have=got | reached_targets(_run_only(got), subject), limit=left)
    in_order = [item for names in (first, last) for item in candidates if item.id in names]
    new = first_gains([item.id for item in in_order], offers, have)
    return [item for item in in_order if new[item.id]]


def _parted(
    subject: Subject, candidates: Sequence[Candidate], offers: Mapping[str, Offer]
) -> tuple[dict[str, Offer], dict[str, Offer]]:
    """The offers of tests that call public targets, and of those that call private ones."""
    private_targets = {target.id for target in subject.targets if target.is_private}
    private = {item.id for item in candidates if item.target_id in private_targets}
    parts: tuple[dict[str, Offer], dict[str, Offer]] = ({}, {})
    for name, offer in offers.items():
        parts[name in private][name] = offer
    return parts


def _all_gains(offers: Mapping[str, Offer], names: Iterable[str]) -> set[Hashable]:
    return {gain for name in names for gain in offers[name].gains}


def _run_only(gains: Iterable[Gain]) -> list[Gain]:
    return [gain for gain in gains if gain.kind != TARGET]


def _claims(item: Candidate) -> frozenset[tuple[str, int]]:
    return frozenset({("feature", number) for number in item.features} | {("kill", number) for number in item.kills})


def new_alone(final: Salvaged) -> Trial:
    """The trial as if only the candidates' tests counted."""
    stable = tuple(item for item in final.trial.stable if item in final.trial.owner)
    return dataclasses.replace(final.trial, stable=stable)


def claims_of(final: Salvaged) -> frozenset[int]:
    return frozenset[int]().union(*(item.kills for item in final.candidates))


def lost(kept: Sequence[Candidate], final: Salvaged) -> frozenset[str]:
    """Those that are wanted and did not come out of a run."""
    return frozenset(item.id for item in kept) - {item.id for item in final.candidates}


def fuller(subject: Subject, first: Salvaged, second: Salvaged) -> Salvaged:
    """That whose tests reach more; the first where they reach as much."""

    def reached(one: Salvaged) -> int:
        coverage = covered_by(subject, one.trial)
        return coverage.covered_lines + coverage.covered_branches

    return max(first, second, key=reached)


def offers_of(exploration: Exploration, tried: Salvaged, possible: Possible) -> dict[str, Offer]:
    """What each stable candidate brings: lines and branches as run, kills as the search saw them, and its target, if it
    shows what that gives: one that is refused counts only where no call is answered.
    """
    by_id = {item.id: item for item in tried.candidates}
    owners = {test_id: by_id.get(tried.trial.owner.get(test_id, "")) for test_id in tried.trial.stable}
    stable = {test_id: item for test_id, item in owners.items() if item is not None}
    answering = {item.target_id for item in stable.values() if item.returns}
    offers = {}
    for test_id, item in stable.items():
        gains = run_gains(possible, tried.trial.arcs.get(test_id, ()))
        gains |= kill_gains(item.kills, exploration.mutant_lines)
        if item.returns or item.target_id not in answering:
            gains |= {target_gain(item.target_id)}
        offers[item.id] = Offer(gains=gains, cost=item.cost)
    return offers


def measured_offers(
    exploration: Exploration, final: Salvaged, mutation: Mutation, possible: Possible
) -> dict[str, Offer]:
    """As `offers_of`, with the kills that were measured; those that the search saw count where a mutant has no fate."""
    offers = offers_of(exploration, final, possible)
    fates = mutation.fates.keys()
    killed = {final.trial.owner[test]: kills for test, kills in mutation.kills.items() if test in final.trial.owner}
    for item in final.candidates:
        if item.id in offers:
            seen = {gain for gain in own_gains(offers[item.id]) if not (gain.kind == KILL and gain.what in fates)}
            measured = kill_gains(killed.get(item.id, ()), exploration.mutant_lines)
            offers[item.id] = dataclasses.replace(offers[item.id], gains=frozenset(seen) | measured)
    return offers


def direct_offers(subject: Subject, candidates: Sequence[Candidate], offers: Mapping[str, Offer]) -> dict[str, Offer]:
    """The offers, counting only what lies in a candidate's own target, so that each target is tested by calling it and
    not by chance through another; what no such test can bring, any may. What a constructor does shows in methods, too:
    a method's test counts the mutants of its class.
    """
    targets = {target.id: target for target in subject.targets}
    tested = {item.id: targets[item.target_id] for item in candidates if item.id in offers}
    own = {name: within(own_gains(offer), tested[name], subject.targets) for name, offer in offers.items()}
    for name, target in tested.items():
        if cls := targets.get(target.owner or ""):
            kills = [gain for gain in own_gains(offers[name]) if gain.kind == KILL]
            own[name] |= within(kills, cls, subject.targets)
    brought = frozenset[Gain]().union(*own.values())
    return {name: Offer(gains=own[name] | (offer.gains - brought), cost=offer.cost) for name, offer in offers.items()}


def own_gains(offer: Offer) -> list[Gain]:
    return [gain for gain in offer.gains if isinstance(gain, Gain)]


def before_of(standing: Standing, possible: Possible) -> Before | None:
    """What the project's own tests bring; None where none of them passes."""
    if not standing.tests:
        return None
    return Before(
        tests=standing.tests,
        coverage=total(possible, standing.arcs),
        mutation=standing.mutation,
        suite=tuple(item for one in standing.measured for item in evidence_of(one.trial, one.mutation, possible)),
    )


def evidence_of(
    final: Trial, mutation: Mutation, possible: Possible, have: frozenset[Gain] = frozenset()
) -> tuple[Evidence, ...]:
    """For each stable test what it is the first to bring, on top of what is had, and every mutant that it kills."""
    gains = {item: run_gains(possible, final.arcs.get(item, ())) for item in final.stable}
    new = first_gains(final.stable, {item: Offer(gains=found) for item, found in gains.items()}, have)
    seconds = {item.id: item.seconds for item in final.first.outcomes}
    return tuple(
        Evidence(
            id=item,
            new_lines=lines_in(gains[item] & new[item]),
            new_arcs=arcs_in(gains[item] & new[item]),
            kills=tuple(sorted(mutation.kills.get(item, ()))),
            seconds=seconds.get(item, 0.0),
        )
        for item in final.stable
    )


def why_nothing(subject: Subject) -> str:
    names = ", ".join(target.id for target in subject.targets[:5])
    return (
        f"none of {counted(len(subject.targets), 'target')} of {subject.source.module} ({names}) could be called in a "
        "way that a test can assert on; more time to search, or annotations, may help"
    )


def setting_of(subject: Subject, exploration: Exploration, style: Style = Style()) -> Setting:
    """What the test file is rendered for."""
    imports = {line for text in subject.existing_tests for line in imports_of(text, subject.source)}
    return Setting(
        module=subject.source.module,
        names=exploration.names,
        imports=exploration.imports,
        existing=subject.existing_tests,
        existing_imports=tuple(sorted(imports)),
        style=style,
    )


def sorted_out(found: Iterable[Candidate | Finding]) -> tuple[list[Candidate], list[Finding]]:
    """Candidates, each once with all that was claimed of it, and findings."""
    candidates: dict[str, Candidate] = {}
    findings = []
    for item in found:
        if isinstance(item, Finding):
            findings.append(item)
        else:
            known = candidates.get(item.id)
            candidates[item.id] = _both(known, item) if known else item
    return list(candidates.values()), findings


def _both(known: Candidate, again: Candidate) -> Candidate:
    return dataclasses.replace(known, kills=known.kills | again.kills, features=known.features | again.features)
