"""Archives: what is kept of honest ones, and that no trick of a hostile one gets through."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping

import pytest

from aitestgen.errors import CodeInvalid, UsageError
from aitestgen.jobs.archives import unpacked
from aitestgen.jobs.uploads import UploadLimits

LIMITS = UploadLimits(files=5, total_bytes=10_000)
ADD = b"def add(a, b): return a + b\n"


def zipped(files: Mapping[str, bytes], *, mode: int = 0) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def tarred(files: Mapping[str, bytes], *, kind: bytes = tarfile.REGTYPE, mode: str = "w:gz") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:  # type: ignore[call-overload]  # its mode is chosen
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: tarred(files, mode="w")])
def test_python_files_and_what_tells_of_the_project_are_kept(pack) -> None:  # type: ignore[no-untyped-def]  # a packer
    files = {"shop-1.0/shop/__init__.py": b"", "shop-1.0/shop/cart.py": ADD, "shop-1.0/pyproject.toml": b"[project]"}
    other = {"shop-1.0/logo.png": b"\x89PNG", "shop-1.0/.git/hook.py": ADD, "shop-1.0/venv/x.py": ADD}
    found = unpacked(pack({**files, **other}), LIMITS)
    assert found == {"shop/__init__.py": "", "shop/cart.py": ADD.decode(), "pyproject.toml": "[project]"}


def test_a_package_alone_stays_a_package() -> None:
    assert set(unpacked(zipped({"shop/__init__.py": b"", "shop/cart.py": ADD}), LIMITS)) == {
        "shop/__init__.py",
        "shop/cart.py",
    }


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    "name", ["../a.py", "a/../../b.py", "/etc/a.py", "a//b.py", "a\\..\\b.py", "C:\\a.py", "../logo.png", "a\n.py"]
)
def test_names_that_lead_elsewhere_refuse_the_whole(pack, name: str) -> None:  # type: ignore[no-untyped-def]  # a packer
    with pytest.raises(UsageError, match="plain relative path"):
        unpacked(pack({"ok.py": ADD, name: ADD}), LIMITS)


def test_links_and_devices_are_passed_over() -> None:
    assert unpacked(zipped({"a.py": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), LIMITS) == {}
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        assert unpacked(tarred({"a.py": b""}, kind=kind), LIMITS) == {}


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = bytes(50_000_000)
    for data in (
        zipped({"a.py": zeros}),
        tarred({"a.py": zeros}),
        tarred({"zeros.bin": zeros, "a.py": ADD}),
        zipped({f"m{number}.py": ADD for number in range(6)}),
        zipped({f"{number}.txt": b"" for number in range(20_001)}),
        zipped({"a.py": b"#" * 6_000, "b.py": b"#" * 6_000}),
    ):
        with pytest.raises(UsageError, match=r"AITESTGEN_MAX|entries"):
            unpacked(data, LIMITS)


def test_a_size_that_the_archive_lies_about_is_not_believed() -> None:
    data = bytearray(zipped({"a.py": b"#" * 100_000}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = (100).to_bytes(4, "little")
    with pytest.raises(UsageError):
        unpacked(bytes(data), LIMITS)


@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile says so while we pack it
def test_a_name_that_comes_twice_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.py", ADD)
        archive.writestr("a.py", b"import os")
    with pytest.raises(UsageError, match="twice"):
        unpacked(data.getvalue(), LIMITS)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x03\x04nonsense", b"\x1f\x8bnonsense", gzip.compress(b"x", mtime=0), b"text"]
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="zip, tar or"):
        unpacked(data, LIMITS)


def test_a_file_that_is_not_utf_8_is_named() -> None:
    with pytest.raises(CodeInvalid, match=r"a\.py: line 2"):
        unpacked(zipped({"a.py": b"# ok\nx = '\xff'\n"}), LIMITS)
