"""What a jail that did not start is said to have failed by, out of the words of bwrap and the launcher."""

import pytest

from aitestgen.errors import NoNamespaces
from aitestgen.sandbox.trouble import no_jail

REFUSALS = (
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow it",
    "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
    "bwrap: Can't set hostname to sandbox: Operation not permitted",
    "bwrap: setting up uid map: Permission denied",
)


@pytest.mark.parametrize("said", REFUSALS)
def test_a_machine_that_refuses_namespaces_is_told_apart_and_the_setting_named(said: str) -> None:
    error = no_jail(said)
    assert isinstance(error, NoNamespaces)
    assert "AITESTGEN_SANDBOX_FLOOR=C" in str(error)


def test_other_trouble_is_not_taken_for_a_refusal() -> None:
    assert not isinstance(no_jail("bwrap: Can't find source path /job: No such file or directory"), NoNamespaces)
