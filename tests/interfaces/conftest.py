import os

import pytest

from aitestgen.settings import Settings, environment_names


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The defaults for a machine of two cores, whatever the environment says."""
    for name in [*environment_names().values(), *os.environ]:
        if name.startswith("AITESTGEN_") or name in environment_names().values():
            monkeypatch.delenv(name, raising=False)
    return Settings().model_copy(update={"slots": 2})
