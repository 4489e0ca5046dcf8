"""What reaches for the network without a fake shows nothing that a test could expect elsewhere."""

from typing import Any

from tests.guest.test_search import job_of

from aitestgen_guest import explore

CODE = """
    import http.client

    def status(host, offline=False):
        if offline:
            return "offline"
        connection = http.client.HTTPConnection("127.0.0.1", 9, timeout=1)
        try:
            connection.request("GET", "/status")
        except OSError as error:
            return f"down: {error}"
        return connection.getresponse().read()
"""


def test_what_comes_of_reaching_for_the_network_is_no_test() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(CODE), frames.append)
    results = {f["observation"]["facts"].get("result") for f in frames if f["ev"] == "case"}
    assert results == {"'offline'"}
