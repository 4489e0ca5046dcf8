"""A cache that outlives the process."""

import json
import time
from pathlib import Path
from typing import Any


class FileCache:
    """Keeps values in files of one folder for `ttl` seconds."""

    def __init__(self, folder: Path, ttl: float = 60.0) -> None:
        self.folder = Path(folder)
        self.ttl = ttl
        self.folder.mkdir(parents=True, exist_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def put(self, key: str, value: Any) -> None:
        if "/" in key or not key:
            raise ValueError("not a key")
        self._file(key).write_text(json.dumps({"at": time.time(), "value": value}))

    def get(self, key: str, default: Any = None) -> Any:
        file = self._file(key)
        if not file.is_file():
            return default
        entry = json.loads(file.read_text())
        if time.time() - entry["at"] > self.ttl:
            file.unlink()
            return default
        return entry["value"]

    def clear(self) -> int:
        """Remove all entries; how many there were."""
        count = 0
        for file in self.folder.glob("*.json"):
            file.unlink()
            count += 1
        return count
