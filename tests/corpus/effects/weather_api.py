"""A client of a web service."""

import json
import urllib.error
import urllib.parse
import urllib.request

BASE = "https://weather.example.org/v1"


class ServiceError(Exception):
    """The service gave no usable answer."""


def fetch_temperature(city: str) -> float:
    """The temperature of a city, in degrees Celsius."""
    url = f"{BASE}/now?{urllib.parse.urlencode({'q': city})}"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            if response.status != 200:
                raise ServiceError(f"status {response.status}")
            data = json.loads(response.read())
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise KeyError(city) from error
        raise ServiceError(f"status {error.code}") from error
    except (urllib.error.URLError, TimeoutError) as error:
        raise ServiceError("unreachable") from error
    if data.get("unit") == "F":
        return round((data["temperature"] - 32) / 1.8, 1)
    return data["temperature"]


def post_event(name: str, retries: int = 2) -> bool:
    """Send an event, again where the connection fails; whether it was accepted."""
    body = json.dumps({"event": name}).encode()
    request = urllib.request.Request(f"{BASE}/events", data=body, method="POST")
    for _ in range(retries + 1):
        try:
            with urllib.request.urlopen(request) as response:
                return response.status == 202
        except urllib.error.URLError:
            continue
    return False
