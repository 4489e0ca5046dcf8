"""The page as the backend serves it: which addresses are its own, what browsers are told, and what without a build."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from aitestgen.api.app import create_app
from aitestgen.api.page import built_file, serve_page
from aitestgen.settings import Settings

VIEWS = ["/", "/history", "/dashboard", "/runs/0123abc", "/compare/0123abc/4567def"]
HTML = '<meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>'


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(HTML)
    (folder / "theme.js").write_text("theme")
    (folder / "assets" / "index-abc.js").write_text("plain")
    (folder / "assets" / "index-abc.js.br").write_bytes(b"brotli")
    (folder / "assets" / "notes.md").write_text("not for browsers")
    (tmp_path / "secret.js").write_text("outside")
    return folder


@pytest.fixture
def client(build: Path) -> Iterator[TestClient]:
    app = FastAPI()
    app.add_api_route("/api/answer", lambda: {"answer": 42}, methods=["POST"])
    serve_page(app, build)
    with TestClient(app) as made:
        yield made


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_is_the_page_itself_and_is_never_stored(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert 'id="root"' in answer.text


def test_an_unknown_address_is_the_page_with_404(client: TestClient) -> None:
    answer = client.get("/no/such/view")
    assert answer.status_code == 404
    assert 'id="root"' in answer.text


def test_the_policy_names_a_word_that_is_new_for_each_answer(client: TestClient) -> None:
    nonces = []
    for _ in range(2):
        answer = client.get("/")
        found = re.search(r"'nonce-([\w-]+)'", answer.headers["content-security-policy"])
        assert found
        assert f'content="{found[1]}"' in answer.text
        nonces.append(found[1])
    assert nonces[0] != nonces[1]


def test_the_policy_allows_no_script_but_the_pages_own(client: TestClient) -> None:
    policy = dict(part.split(" ", 1) for part in client.get("/").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["trusted-types"] == "'none'"


def test_a_hashed_file_may_be_kept_for_ever_and_another_may_not(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/index-abc.js").headers["cache-control"]
    assert client.get("/theme.js").headers["cache-control"] == "no-cache"


def test_a_packed_file_is_sent_to_those_who_take_it(client: TestClient) -> None:
    plain = client.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert (plain.text, plain.headers.get("content-encoding")) == ("plain", None)
    packed = client.head("/assets/index-abc.js", headers={"Accept-Encoding": "gzip, br;q=0.9"})
    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["../secret.js", "assets/../../secret.js", "/etc/passwd", "assets/notes.md", "assets", "", "a\0b.js"]
)
def test_nothing_else_of_the_disk_is_a_file_of_the_page(build: Path, path: str) -> None:
    assert built_file(path, build) is None


def test_the_addresses_of_the_api_stay_the_apis(client: TestClient) -> None:
    assert client.get("/api/answer").status_code == 405
    assert client.get("/api/unknown").json() == {"detail": "Not Found"}
    assert client.get("/health").status_code == 404


def test_without_a_build_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    app = FastAPI()
    serve_page(app, tmp_path)
    with TestClient(app) as client:
        assert "make page" in client.get("/").text
        assert client.get("/history").status_code == 404


def test_the_backend_serves_it_after_its_own_routes(settings: Settings) -> None:
    client = TestClient(create_app(settings))
    assert client.get("/").status_code == 200
    assert client.get("/openapi.json").headers["content-type"] == "application/json"
    assert client.get("/api/generate-tests").status_code == 405
