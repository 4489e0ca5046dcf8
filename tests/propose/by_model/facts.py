"""What is known of a module in these tests: as a search tells it, without one."""

from collections.abc import Sequence

from aitestgen.analyse import understand
from aitestgen.propose.by_model.known import known_of
from aitestgen.propose.by_model.proposals import Known
from aitestgen.propose.by_search.observed import Exploration, read
from aitestgen.values import SourceFile, Subject


def facts(
    text: str, names: Sequence[str], imports: dict[str, str] | None = None, module: str = "user_code"
) -> tuple[Subject, Exploration, Known]:
    subject = understand(SourceFile(text=text, module=module))
    told = {"ev": "module", "names": [*names, *(imports or {})], "imports": imports or {}}
    exploration = read([told])
    return subject, exploration, known_of(subject, exploration)
