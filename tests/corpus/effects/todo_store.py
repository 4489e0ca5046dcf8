"""A list of tasks in a file."""

import json
import os


class TodoStore:
    """Tasks that are kept in a JSON file; each change is saved."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.tasks: list[dict[str, object]] = []
        if os.path.exists(path):
            with open(path) as file:
                self.tasks = json.load(file)

    def add(self, title: str) -> int:
        if not title.strip():
            raise ValueError("a task needs a title")
        if any(task["title"] == title for task in self.tasks):
            return -1
        self.tasks.append({"title": title, "done": False})
        self._save()
        return len(self.tasks)

    def finish(self, title: str) -> bool:
        for task in self.tasks:
            if task["title"] == title and not task["done"]:
                task["done"] = True
                self._save()
                return True
        return False

    def open_tasks(self) -> list[object]:
        return [task["title"] for task in self.tasks if not task["done"]]

    def _save(self) -> None:
        with open(self.path, "w") as file:
            json.dump(self.tasks, file)
