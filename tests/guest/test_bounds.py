"""What a case does to files, it does within its own folder."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.guest.test_search import _forget_the_module, search_of, seen  # noqa: F401 - a fixture

from aitestgen_guest.environment import bounds
from aitestgen_guest.tracing.probes import Cut


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        (folder / "folder").mkdir(parents=True)
        (folder / "kept.txt").write_text("kept")
    (inside / "way_out").symlink_to(outside)
    (inside / "way_in").symlink_to(inside / "folder")
    return inside, outside


CHANGES: dict[str, Callable[[Path], object]] = {
    "remove": lambda folder: (folder / "kept.txt").unlink(),
    "write": lambda folder: (folder / "kept.txt").write_text("x"),
    "open": lambda folder: (folder / "kept.txt").open("r+").close(),
    "descriptor": lambda folder: os.close(os.open(folder / "kept.txt", os.O_RDWR)),
    "mode": lambda folder: (folder / "kept.txt").chmod(0o600),
    "touch": lambda folder: (folder / "kept.txt").touch(),
    "rmdir": lambda folder: (folder / "folder").rmdir(),
    "mkdir": lambda folder: (folder / "new").mkdir(),
    "rmtree": lambda folder: shutil.rmtree(folder / "folder"),
    "symlink": lambda folder: (folder / "new.txt").symlink_to("kept.txt"),
    "truncate": lambda folder: os.truncate(str(folder / "kept.txt").encode(), 1),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_made_inside_and_cut_outside(kind: str, places: tuple[Path, Path]) -> None:
    inside, outside = places
    change = CHANGES[kind]
    with bounds.within(str(inside)):
        change(inside)
        for place in (outside, inside / "way_out", inside / "way_in" / ".." / ".." / "outside"):
            with pytest.raises(Cut):
                change(place)
    assert sorted(path.name for path in outside.iterdir()) == ["folder", "kept.txt"]
    assert (outside / "kept.txt").read_text() == "kept"


def test_a_move_is_cut_in_both_directions(places: tuple[Path, Path]) -> None:
    inside, outside = places
    with bounds.within(str(inside)):
        (inside / "kept.txt").rename(inside / "moved.txt")
        for one, other in ((inside / "moved.txt", outside / "here.txt"), (outside / "kept.txt", inside / "here.txt")):
            with pytest.raises(Cut):
                one.rename(other)


def test_links_within_and_names_that_depend_on_where_it_runs_are_followed(places: tuple[Path, Path]) -> None:
    inside, outside = places
    with contextlib.chdir(inside), bounds.within(str(inside)):
        Path("plain.txt").write_text("here")
        Path("way_in/file.txt").write_text("in the folder")
        Path("way_out").unlink()
    assert (inside / "folder" / "file.txt").read_text() == "in the folder"
    assert outside.exists()


def test_a_link_may_be_removed_and_what_it_leads_to_may_not_be_changed(places: tuple[Path, Path]) -> None:
    inside, outside = places
    (inside / "link.txt").symlink_to(outside / "kept.txt")
    (inside / "ring").symlink_to(inside / "ring")
    with bounds.within(str(inside)):
        for change in (lambda path: path.write_text("x"), lambda path: path.chmod(0o600), lambda path: path.touch()):
            for name in ("link.txt", "ring"):
                with pytest.raises(Cut):
                    change(inside / name)
        (inside / "link.txt").unlink()
        (inside / "ring").unlink()
    assert (outside / "kept.txt").read_text() == "kept"


def test_reading_is_free_and_so_is_everything_afterwards(places: tuple[Path, Path]) -> None:
    inside, outside = places
    with bounds.within(str(inside)):
        assert (outside / "kept.txt").read_text() == "kept"
        Path(os.devnull).write_text("gone")
    (outside / "kept.txt").write_text("changed")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/srv/no such cache", True),
        ("/home/alice/notes", True),
        ("/usr/bin/nothing of the kind", False),
        ("/", False),
        ("a/b", False),
        (str(Path(__file__)), False),
        (str(Path(__file__).parent), False),
    ],
)
def test_what_is_not_here_and_in_no_place_of_the_system_may_be_somebodys(path: str, expected: bool) -> None:
    assert bounds.is_anybodys(path) is expected


RESOLVING = """
    import os
    from pathlib import Path

    def tidy(path: str):
        real = Path(path).resolve()
        if real.exists():
            os.remove(real)
            return "removed"
        return "missing"
"""


def test_the_way_to_its_folder_is_free() -> None:
    _, search = search_of(RESOLVING, "tidy", 1500)
    assert {"'removed'", "'missing'"} <= seen(search)


CLEANING = """
    import os
    import shutil

    def clean(path="{home}"):
        if os.path.isdir(path):
            shutil.rmtree(path)
            return "cleaned"
        return "nothing there"
"""


def test_no_case_cleans_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    _, search = search_of(CLEANING.format(home=tmp_path / "precious"), "clean", 1500)
    assert (tmp_path / "precious").is_dir()
    entries = search.kept.results()
    assert {entry.observation["facts"]["result"] for entry in entries} == {"'cleaned'", "'nothing there'"}
    assert all(entry.case["arguments"] or entry.case["keywords"] for entry in entries)
