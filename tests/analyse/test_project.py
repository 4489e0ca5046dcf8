import subprocess
from pathlib import Path

import pytest

from aitestgen.analyse.discover import discover
from aitestgen.analyse.project import import_root, locate, locate_module, parse_spec
from aitestgen.errors import CodeInvalid, UsageError
from aitestgen.values import Interpreter


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop/cart.py", ("shop/cart.py", None)),
        ("cart.py::Cart", ("cart.py", "Cart")),
        ("cart.py::Cart::add", ("cart.py", "Cart.add")),
        ("cart.py::Cart.add", ("cart.py", "Cart.add")),
    ],
)
def test_a_spec_is_split_at_its_colons(text: str, expected: tuple[str, str | None]) -> None:
    assert parse_spec(text) == expected


@pytest.mark.parametrize("text", ["", "::Cart", "cart.py::", "cart.py::::x"])
def test_a_spec_with_an_empty_part_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="PATH::NAME"):
        parse_spec(text)


def test_a_file_in_a_flat_folder_is_imported_by_its_name(tmp_path) -> None:
    tree(tmp_path, {"cart.py": "import tax, json\n", "tax.py": "import rates\n", "rates.py": "", "other.py": ""})
    source = locate(tmp_path / "cart.py")
    assert (source.module, source.roots, source.path) == ("cart", (tmp_path,), tmp_path / "cart.py")
    assert source.binds == (tmp_path / "cart.py", tmp_path / "tax.py", tmp_path / "rates.py")
    assert "the file's own folder" in str(import_root(tmp_path / "cart.py"))


def test_a_package_module_gets_its_dotted_name_and_the_whole_package(tmp_path) -> None:
    tree(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/sub/__init__.py": "from shop import tax\n",
            "shop/sub/cart.py": "from ..tax import rate\nfrom . import line\n",
            "shop/sub/line.py": "def f():\n    from helpers import text\n",
            "shop/tax.py": "import settings\n",
            "settings.py": "",
            "helpers/text.py": "",
            "unrelated/__init__.py": "",
        },
    )
    source = locate(tmp_path / "shop/sub/cart.py")
    assert (source.module, source.roots) == ("shop.sub.cart", (tmp_path,))
    assert set(source.binds) == {tmp_path / "shop", tmp_path / "settings.py", tmp_path / "helpers"}
    assert "topmost __init__.py" in str(import_root(tmp_path / "shop/sub/cart.py"))


def test_a_package_itself_is_imported_by_its_name(tmp_path) -> None:
    tree(tmp_path, {"shop/__init__.py": "def f(): ...\n"})
    assert locate(tmp_path / "shop/__init__.py").module == "shop"


def test_the_source_folder_of_a_project_is_the_root(tmp_path) -> None:
    tree(
        tmp_path,
        {"pyproject.toml": "", "src/shop/__init__.py": "", "src/shop/cart.py": "", "src/company/pay/card.py": ""},
    )
    assert locate(tmp_path / "src/shop/cart.py").module == "shop.cart"
    namespaced = locate(tmp_path / "src/company/pay/card.py")
    assert (namespaced.module, namespaced.roots) == ("company.pay.card", (tmp_path / "src",))
    assert namespaced.binds == (tmp_path / "src/company",)
    assert str(import_root(tmp_path / "src/shop/cart.py")) == (
        f"import root: {tmp_path / 'src'} (the source folder of the project in {tmp_path.name})"
    )


@pytest.mark.parametrize(
    "manifest",
    [
        {"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'},
        {"pyproject.toml": '[tool.setuptools.package-dir]\n"" = "lib"\n'},
        {"pyproject.toml": '[[tool.poetry.packages]]\ninclude = "company"\nfrom = "lib"\n'},
        {"setup.cfg": "[options]\npackage_dir =\n    = lib\n"},
        {"setup.cfg": "[options.packages.find]\nwhere = lib\n"},
    ],
)
def test_a_declared_source_folder_holds_namespace_packages(tmp_path, manifest: dict[str, str]) -> None:
    tree(tmp_path, {**manifest, "lib/company/pay.py": ""})
    assert locate(tmp_path / "lib/company/pay.py").module == "company.pay"


def test_a_project_file_that_does_not_parse_is_passed_over(tmp_path) -> None:
    tree(tmp_path, {"pyproject.toml": "][", "lib/pay.py": ""})
    assert locate(tmp_path / "lib/pay.py").module == "pay"


def test_a_script_that_imports_its_neighbour_keeps_its_own_folder(tmp_path) -> None:
    tree(tmp_path, {"pyproject.toml": "", "src/tools/run.py": "import step\n", "src/tools/step.py": ""})
    assert locate(tmp_path / "src/tools/run.py").module == "run"


def test_the_root_can_be_chosen(tmp_path) -> None:
    tree(tmp_path, {"a/b/c.py": ""})
    source = locate(tmp_path / "a/b/c.py", root=tmp_path)
    assert (source.module, source.roots, source.binds) == ("a.b.c", (tmp_path,), (tmp_path / "a",))


def test_hidden_files_and_environments_are_never_shown(tmp_path) -> None:
    tree(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/cart.py": "import venv\n",
            "shop/.env": "SECRET=1",
            "shop/data/table.csv": "1",
            "shop/data/.git/config": "",
            "venv/pyvenv.cfg": "",
            "venv/__init__.py": "",
        },
    )
    binds = locate(tmp_path / "shop/cart.py").binds
    assert set(binds) == {tmp_path / "shop/__init__.py", tmp_path / "shop/cart.py", tmp_path / "shop/data/table.csv"}


def test_a_package_with_caches_only_is_shown_whole(tmp_path) -> None:
    tree(tmp_path, {"shop/__init__.py": "", "shop/cart.py": "", "shop/__pycache__/cart.pyc": ""})
    assert locate(tmp_path / "shop/cart.py").binds == (tmp_path / "shop",)


def test_a_package_in_too_many_pieces_is_refused(tmp_path) -> None:
    tree(tmp_path, {"shop/__init__.py": "", "shop/.env": "", **{f"shop/m{n}.py": "" for n in range(201)}})
    with pytest.raises(UsageError, match="over 200 pieces of .* choose a nearer root"):
        locate(tmp_path / "shop/m1.py")


def test_a_neighbour_that_does_not_parse_does_not_matter(tmp_path) -> None:
    tree(tmp_path, {"cart.py": "import tax\n", "tax.py": "def\n"})
    assert locate(tmp_path / "cart.py").binds == (tmp_path / "cart.py", tmp_path / "tax.py")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.py", "does not exist"),
        ("folder", "is a folder"),
        ("notes.txt", "must end in .py"),
        ("my-script.py", "'my-script' is no module name"),
        ("class.py", "'class' is no module name"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_reason(tmp_path, name: str, message: str) -> None:
    tree(tmp_path, {"folder/x.py": "", "notes.txt": "", "my-script.py": "", "class.py": ""})
    with pytest.raises(UsageError, match=message):
        locate(tmp_path / name)


def test_a_root_that_does_not_hold_the_file_is_refused(tmp_path) -> None:
    tree(tmp_path, {"a/x.py": "", "b/y.py": ""})
    with pytest.raises(UsageError, match="not under the import root"):
        locate(tmp_path / "a/x.py", root=tmp_path / "b")


def test_a_file_that_is_no_text_is_code_invalid(tmp_path) -> None:
    (tmp_path / "x.py").write_bytes(b"\xff")
    with pytest.raises(CodeInvalid, match="encoding"):
        locate(tmp_path / "x.py")


@pytest.fixture
def interpreter(tmp_path) -> Interpreter:
    installed = tree(
        tmp_path / "python", {"lib/pack/__init__.py": "", "lib/pack/mod.py": "x = 1", "lib/ns/inner.py": ""}
    )
    (installed / "lib" / "fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"")
    return Interpreter(executable=installed / "bin", version=(3, 11), folders=(installed,), path=(installed / "lib",))


def test_an_installed_module_is_found_without_importing_it(interpreter) -> None:
    source = locate_module("pack.mod", interpreter)
    assert (source.text, source.module, source.roots, source.binds) == ("x = 1", "pack.mod", (), ())
    assert locate_module("pack", interpreter).path == interpreter.path[0] / "pack/__init__.py"
    assert locate_module("ns.inner", interpreter).path == interpreter.path[0] / "ns/inner.py"


def test_a_module_outside_the_interpreter_is_bound(interpreter, tmp_path) -> None:
    project = tree(tmp_path / "project", {"shop/__init__.py": "", "shop/cart.py": "import tax\n", "tax.py": ""})
    source = locate_module("shop.cart", interpreter, first=(project,))
    assert (source.roots, source.binds) == ((project,), (project / "shop", project / "tax.py"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no.such", "neither on the interpreter's path"),
        ("fast", "compiled"),
        ("ns", "namespace package"),
        ("a/b", "no module name"),
        ("", "no module name"),
    ],
)
def test_a_module_without_source_is_refused_with_the_reason(interpreter, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        locate_module(name, interpreter)


PROJECT = {
    "shop/__init__.py": "from .cart import Cart\n",
    "shop/cart.py": "class Cart: ...\n",
    "shop/__main__.py": "def main(): ...\n",
    "shop/settings.py": "A = 1\n",
    "shop/test_cart.py": "def test_a(): ...\n",
    "tests/helper.py": "def f(): ...\n",
    "conftest.py": "def f(): ...\n",
    "setup.py": "def f(): ...\n",
    "env/pyvenv.cfg": "",
    "env/lib/x.py": "def f(): ...\n",
    ".hidden/x.py": "def f(): ...\n",
    "generated.py": "async def f(): ...\n",
}


def test_discovery_outside_a_repository_finds_what_is_worth_testing(tmp_path) -> None:
    assert discover(tree(tmp_path, PROJECT)) == (tmp_path / "generated.py", tmp_path / "shop/cart.py")


def test_discovery_in_a_repository_honours_gitignore(tmp_path) -> None:
    tree(tmp_path, {**PROJECT, ".gitignore": "generated.py\n"})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)  # noqa: S607  the git that discovery uses
    assert discover(tmp_path) == (tmp_path / "shop/cart.py",)
