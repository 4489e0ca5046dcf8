"""The project's own files, packed for a machine that cannot see them."""

from pathlib import Path
from typing import Any

import pytest

from aitestgen.errors import SandboxError
from aitestgen.sandbox import project_files
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.project_files import packed
from aitestgen.values import Run


def a_run(job: dict[str, Any], **more: Any) -> Run:
    return Run(program="explore", job=job, interpreter=own_interpreter(), **more)


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_a_snippet_is_left_as_it_is() -> None:
    run = a_run({"path": [], "file": "/job/user_code.py", "trace": None}, files={"user_code.py": b""})
    assert packed(run) == run


def test_bound_files_lie_under_job_and_the_paths_lead_there(tmp_path: Path) -> None:
    write(tmp_path, "src/shop/cart.py", "src/shop/deep/tax.py", "src/one.py", "src/shop/__pycache__/cart.pyc")
    source = tmp_path / "src"
    job = {"path": [str(source)], "file": str(source / "shop/cart.py"), "tests": ["test_cart.py"], "seed": 1}
    run = packed(a_run(job, binds=(source / "shop", source / "one.py"), files={"test_cart.py": b"mine"}))
    assert run.binds == ()
    assert run.files == {
        "test_cart.py": b"mine",
        "project-files/one.py": b"src/one.py",
        "project-files/shop/cart.py": b"src/shop/cart.py",
        "project-files/shop/deep/tax.py": b"src/shop/deep/tax.py",
    }
    assert run.job["path"] == ["/job/project-files"]
    assert run.job["file"] == "/job/project-files/shop/cart.py"
    assert (run.job["tests"], run.job["seed"]) == (["test_cart.py"], 1)


def test_a_link_out_of_what_is_bound_does_not_carry_other_files_away(tmp_path: Path) -> None:
    write(tmp_path, "secret.txt", "shop/cart.py")
    (tmp_path / "shop" / "out.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "shop" / "around").symlink_to(tmp_path)
    (tmp_path / "shop" / "in.py").symlink_to("cart.py")
    run = packed(a_run({"path": [str(tmp_path)]}, binds=(tmp_path / "shop",)))
    assert sorted(run.files) == ["project-files/shop/cart.py", "project-files/shop/in.py"]


@pytest.mark.parametrize("key", ["file", "trace"])
def test_a_module_of_the_interpreter_is_refused_with_the_way_out(tmp_path: Path, key: str) -> None:
    write(tmp_path, "shop.py")
    for binds in ((), (tmp_path / "shop.py",)):
        with pytest.raises(SandboxError, match="--sandbox bubblewrap"):
            packed(a_run({"path": [], key: "/usr/lib/python3/json/decoder.py"}, binds=binds))


def test_a_project_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(project_files.MOST_BYTES + 1)
    with pytest.raises(SandboxError, match="too many for a sandbox service"):
        packed(a_run({"path": []}, binds=(tmp_path,)))
