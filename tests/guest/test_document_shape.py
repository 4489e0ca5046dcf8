"""How documents are built, by what is looked up in them; and answers of the web that are built so."""

from typing import Any

import pytest
from tests.guest.test_search import job_of

from aitestgen_guest import explore
from aitestgen_guest.environment.document_shape import document_shape


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ('return data["main"]["temp"]', {"main": {"temp": {}}}),
        ('return data["weather"][0]["text"]', {"weather": {"[]": {"text": {}}}}),
        ('return data.get("a", {}).get("b")', {"a": {"b": {}}}),
        ('for item in data["items"]:\n        use(item["price"])', {"items": {"[]": {"price": {}}}}),
        ('return [user["name"] for user in data.get("users") or []]', {"users": {"[]": {"name": {}}}}),
        ('inner = data["a"]\n    return inner["b"], data["c"]', {"a": {"b": {}}, "c": {}}),
        ('return data[key]["name"]', {"name": {}}),
        ("return data[0]", {}),
    ],
)
def test_the_shape_is_told_by_what_is_looked_up(body: str, shape: dict[str, Any]) -> None:
    assert document_shape(f"def read(data, key):\n    {body}\n") == shape


CLIENT = """
    import requests

    def temperature(city):
        response = requests.get("https://weather.example/v1", params={"q": city}, timeout=5)
        if response.status_code == 404:
            raise LookupError(city)
        response.raise_for_status()
        return response.json()["main"]["temp"]
"""


def test_code_that_asks_with_requests_is_given_answers_of_the_shape_that_it_reads() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(CLIENT), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case"]
    outcomes = {frame["observation"]["facts"].get("error", "returns") for frame in cases}
    assert {"returns", "LookupError", "HTTPError"} <= outcomes
    lines = [line for frame in cases for line in frame["observation"]["effects"]]
    assert 'monkeypatch.setattr("requests.Session.request", http)' in lines
    facts = [frame["observation"]["facts"] for frame in cases]
    asked = {seen["asked:http"] for seen in facts if "asked:http" in seen}
    assert asked
    assert all("'timeout': 5" in text and text.startswith("[('GET', 'https://weather.example/v1'") for text in asked)


HTTPX_CLIENT = """
    import httpx2

    BASE = "https://weather.example/v1"

    def temperature(city):
        with httpx2.Client(base_url=BASE, timeout=5) as client:
            response = client.get("/now", params={"q": city}, headers={"X-Key": "k"})
        if response.status_code == 404:
            raise LookupError(city)
        response.raise_for_status()
        return response.json()["main"]["temp"]

    async def rename(number, name):
        async with httpx2.AsyncClient() as client:
            try:
                response = await client.post(f"{BASE}/{number}", json={"name": name})
            except httpx2.TimeoutException:
                return "slow"
        return response.json().get("state", "unknown")
"""


def test_code_that_asks_with_httpx_is_given_responses_of_the_shape_that_it_reads() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(HTTPX_CLIENT), frames.append)
    cases = [frame["observation"] for frame in frames if frame["ev"] == "case"]
    lines = {line for case in cases for line in case["effects"]}
    assert 'monkeypatch.setattr("httpx2.Client.send", httpx2_server)' in lines
    assert 'monkeypatch.setattr("httpx2.AsyncClient.send", httpx2_async_server)' in lines
    assert {"LookupError", "HTTPStatusError"} <= {case["facts"].get("error", "returns") for case in cases}
    assert {"'slow'", "'unknown'"} <= {case["facts"].get("result") for case in cases}
    assert not [line for line in lines if "environ" in line or "delenv" in line], "a fake needs no proxy"
    asked = [case["facts"].get("asked:httpx2_server", "") for case in cases]
    assert any("('GET', 'https://weather.example/v1/now?q=" in text and "{'x-key': 'k'}" in text for text in asked)
    posted = [case["facts"].get("asked:httpx2_async_server", "") for case in cases]
    assert any("'content': b'{\"name\":" in text for text in posted)
