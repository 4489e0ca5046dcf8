"""A language model behind the command line and the HTTP server: asked where it is chosen, and never where it is not."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.interfaces.programs import environment, server
from tests.providers.scripted_server import ScriptedServer, answer, scripted_server

pytestmark = [pytest.mark.jail, pytest.mark.timeout(240)]
KEY = "gsk_a_key_that_nobody_else_may_see"
LOCKED = f'''import hashlib


def opens(word: str) -> str:
    """Whether a word opens the door, which only one does."""
    if hashlib.sha256(word.encode()).hexdigest() == "{hashlib.sha256(b"sesame").hexdigest()}":
        return "open"
    return "shut"
'''
OPENING = """Here is a test:

```python
from user_code import opens

def test_the_right_word_opens():
    assert opens("sesame") == "open"
```
"""


def variables(asked: ScriptedServer, folder: Path) -> dict[str, str]:
    return {
        "GROQ_API_KEY": KEY,
        "AITESTGEN_LLM_BASE_URL": asked.url,
        "AITESTGEN_LLM": "groq",
        "XDG_STATE_HOME": str(folder),
    }


def generate(asked: ScriptedServer, folder: Path, *options: str) -> tuple[dict[str, object], str]:
    """The report, and all that was said."""
    (folder / "user_code.py").write_text(LOCKED)
    command = [sys.executable, "-m", "aitestgen", "generate", "user_code.py", "--json", "--budget", "5", *options]
    env = environment(**variables(asked, folder))
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["modules"][0], done.stdout + done.stderr


def test_the_command_line_asks_the_model_for_what_the_search_cannot_find(tmp_path: Path) -> None:
    with scripted_server(answer(OPENING)) as asked:
        report, said = generate(asked, tmp_path)
        assert len(asked.asked) == report["spend"]["calls"] > 0  # type: ignore[index]  # JSON
    assert '"sesame"' in (tmp_path / "tests" / "test_user_code.py").read_text()
    assert report["branch_coverage"] == 1.0
    host = asked.url.partition("://")[2].partition("/")[0]
    assert f"sent to groq:llama-3.1-8b-instant at {host}: source text of user_code" in said
    use = report["llm"]
    assert (use["host"], use["modules"], use["tests"]) == (host, ["user_code"], 1)  # type: ignore[index]  # JSON
    assert use["tokens_per_test"] > 0  # type: ignore[index]  # JSON
    assert KEY not in said


def test_with_llm_none_nothing_leaves(tmp_path: Path) -> None:
    with scripted_server(answer(OPENING)) as asked:
        report, _ = generate(asked, tmp_path, "--llm", "none")
        assert asked.asked == []
    assert report["spend"]["calls"] == 0  # type: ignore[index]  # JSON
    assert report["llm"] is None


def test_callers_over_http_get_the_model_that_the_operator_configured(tmp_path: Path) -> None:
    with scripted_server(answer(OPENING)) as asked, server("serve", **variables(asked, tmp_path)) as (_, client):
        assert client.get("/api/config").json()["llm"] == {"available": True, "name": "groq:llama-3.1-8b-instant"}
        sent = {"code": LOCKED, "options": {"budget_seconds": 5}}
        got = client.post("/api/generate-tests", json=sent, timeout=120).json()
        assert '"sesame"' in got["generated_tests"]
        assert got["spend"]["calls"] == len(asked.asked) > 0
        assert got["llm"]["host"] == asked.url.partition("://")[2].partition("/")[0]
        before = len(asked.asked)
        sent["options"] = {"budget_seconds": 5, "llm": "none"}
        client.post("/api/generate-tests", json=sent, timeout=120)
        assert len(asked.asked) == before
        refused = client.post("/api/generate-tests", json={"code": LOCKED, "options": {"llm": "openai:gpt-x"}})
        assert (refused.status_code, refused.json()["error_type"]) == (500, "LLMError")
