"""The pages with commands, and what their readers have before they begin to type."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.deploy.tools import ROOT, missing
from tests.jobs.databases import Postgres
from tests.providers.scripted_server import answer, scripted_server
from tests.sandbox.podman import IMAGE, build_image, demand_podman

from aitestgen.store.database import database_url
from aitestgen.store.migrate import migrate

PRICES = """def discount(cents: int, percent: int) -> int:
    \"\"\"What is left of a price.\"\"\"
    if not 0 <= percent <= 100:
        raise ValueError("percent goes from 0 to 100")
    return cents * (100 - percent) // 100
"""
PRICES_TESTS = "from prices import discount\n\n\ndef test_half():\n    assert discount(8, 50) == 4\n"
OTHERS = dict[str, str]
Has = Callable[[Path, pytest.FixtureRequest], AbstractContextManager[OTHERS]]


@contextmanager
def nothing(_folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    yield {}


@contextmanager
def a_project(folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    """The package `shop`, and the module of the README."""
    shutil.copy(ROOT / "examples/initials.py", folder)
    (folder / "src/shop").mkdir(parents=True)
    (folder / "src/shop/__init__.py").touch()
    (folder / "src/shop/prices.py").write_text(PRICES)
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    yield {}


@contextmanager
def a_checkout_and_a_project(folder: Path, request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    with a_project(folder, request):
        yield {"make run": f"make -C {ROOT} run", ".venv/bin/aitestgen": str(Path(sys.executable).parent / "aitestgen")}


@contextmanager
def an_installed_project(folder: Path, request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    """Likewise, with an environment in which the package is installed."""
    with a_project(folder, request) as others:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
        (packages,) = (folder / ".venv/lib").glob("python*/site-packages")
        (packages / "shop.pth").write_text(f"{folder / 'src'}\n")
        yield others


@contextmanager
def databases(folder: Path, request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    """The default one of SQLite, which is in use, and two on a server of PostgreSQL, of which one is empty."""
    if shutil.which("sqlite3") is None or shutil.which("pg_dump") is None:
        missing("the clients of SQLite and PostgreSQL are not installed: .ci/install-postgresql")
    server: Postgres = request.getfixturevalue("postgres")
    file = folder / ".local/state/aitestgen/jobs.db"
    file.parent.mkdir(parents=True)
    migrate(database_url(f"sqlite:///{file}"))
    names = {"aitestgen": server.fresh(), "restored": server.empty()}
    yield {f"postgresql://aitestgen@db/{name}": url.replace("+psycopg", "") for name, url in names.items()}


@contextmanager
def a_folder_of_the_monitoring(folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    yield {"/etc/prometheus": str(folder), "http://collector:4318": "http://127.0.0.1:9"}


@contextmanager
def a_folder_of_the_project(folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    yield {"/path/to/project": str(folder)}


@contextmanager
def a_server_of_models(_folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    with scripted_server(answer("ready")) as server:
        here = f"127.0.0.1:{server.port}"
        yield {"gpu.example:11434": here, "gpu.example:8000": here}


@contextmanager
def another_machine(folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    """It is this one; the second of the two that the page names does not answer."""
    (folder / "shop.py").write_text(PRICES)
    yield {"there:": "127.0.0.1:", "elsewhere:8001": "127.0.0.1:9", "0.0.0.0": "127.0.0.1"}  # noqa: S104  # loopback alone, in its place


@contextmanager
def a_checkout_of_the_page(folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    packages = ROOT / "frontend/node_modules"
    if not (packages / ".ready").exists():
        missing("the page's packages are not installed: make page")
    shutil.copytree(ROOT / "frontend", folder / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    (folder / "frontend/node_modules").symlink_to(packages)
    yield {}


@contextmanager
def podman(folder: Path, _request: pytest.FixtureRequest) -> Iterator[OTHERS]:
    demand_podman()
    build_image()
    (folder / "prices.py").write_text(PRICES)
    (folder / "test_prices.py").write_text(PRICES_TESTS)
    own = f"{sys.executable} {ROOT}/deploy/sandbox-guest/build-from-local --engine podman --image {IMAGE}"
    yield {"make sandbox-image": own, "aitestgen run": f"AITESTGEN_CONTAINER_IMAGE={IMAGE} aitestgen run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Pages that are typed one after the other in one shell."""

    pages: tuple[str, ...]
    has: Has = nothing


WALKS = (
    Walk(pages=("README.md",), has=a_checkout_and_a_project),
    Walk(pages=("docs/tutorial.md",)),
    Walk(pages=("docs/how-to/install.md", "docs/how-to/ci.md")),
    Walk(pages=("docs/how-to/project.md",)),
    Walk(pages=("docs/how-to/http.md", "docs/api.md")),
    Walk(pages=("docs/cli.md",), has=an_installed_project),
    Walk(pages=("docs/accounts.md",)),
    Walk(pages=("docs/jobs.md",), has=databases),
    Walk(pages=("docs/telemetry.md",), has=a_folder_of_the_monitoring),
    Walk(pages=("docs/mcp.md",), has=a_folder_of_the_project),
    Walk(pages=("docs/providers.md",), has=a_server_of_models),
    Walk(pages=("docs/sandbox.md",), has=another_machine),
    Walk(pages=("docs/page.md",), has=a_checkout_of_the_page),
    Walk(pages=("DOCKER_SANDBOX_SECURITY.md",), has=podman),
)
ELSEWHERE = {"DEPLOYMENT.md"}
"""By section: the first one by test_walks.py, the virtual machine's by test_machine.py."""

UNTYPED = {
    "continuous integration, which does so or the same": (9, r"make (?!serve).*"),
    "a repository that is published": (2, r"git (clone|switch) .*"),
    "a terminal that stays open": (1, r"make serve .*"),
    "Docker": (
        9,
        r"(JOBS_IN_SERVER=0 )?docker .*|export (POSTGRES_PASSWORD|DATABASE_URL)=.*|deploy/checks.sh http://l.*",
    ),
    "a cluster": (3, r"(helm|kubectl) .*"),
    "a machine in a cloud": (1, r"sudo iptables .*"),
    "accounts at Render and Vercel": (3, r".*(onrender\.com|vercel\.app).*"),
    "a key of Groq": (2, r"export GROQ_API_KEY_FILE=.*|aitestgen doctor"),
    "Claude Code": (1, r"claude .*"),
}
"""What commands of the kind `shell-session` need → how many there are on all pages, and how they look."""
