"""Archives of code, read in memory: nothing of them is ever written under a name of theirs, and nothing links anywhere.

Kept are Python files and what tells of their project; everything else is passed over. What is unpacked is counted as it
comes, whatever the archive says of its own sizes.
"""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from aitestgen.errors import CodeInvalid, UsageError
from aitestgen.jobs.uploads import UploadLimits, check_name

PROJECT_FILES = frozenset({"pyproject.toml", "setup.cfg", "py.typed"})
PASSED_OVER = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"})
MOST_ENTRIES = 20_000
UNPACKED_FOR_KEPT = 32
"""A stream has to be unpacked to be passed over: so many times what may be kept."""
CHUNK = 64 * 1024
ZIP, GZIP = b"PK", b"\x1f\x8b"
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, zlib.error, NotImplementedError, ValueError)


def unpacked(data: bytes, limits: UploadLimits) -> dict[str, str]:
    """The files of a zip archive, or of a tar archive, also one packed by gzip. A folder that holds all is left out.

    Raises UsageError for an archive that is damaged, over a limit, or has names that are no plain relative paths, and
    CodeInvalid for a file that is not UTF-8.
    """
    reader = _zipped if data.startswith(ZIP) else _tarred
    try:
        return _without_top(_collected(reader(data, limits), limits))
    except UsageError:
        raise
    except DAMAGED as error:
        raise UsageError(f"archive: it cannot be read as zip, tar or tar.gz ({type(error).__name__})") from None


def _collected(entries: Iterator[tuple[str, bytes]], limits: UploadLimits) -> dict[str, str]:
    files: dict[str, str] = {}
    room = limits.total_bytes
    for name, content in entries:
        room -= len(content)
        if name in files:
            raise UsageError(f"archive: {name[:80]!r} is in it twice")
        if len(files) >= limits.files or room < 0:
            raise UsageError(
                f"archive: at most {limits.files} files (AITESTGEN_MAX_FILES), of {limits.total_bytes} bytes together "
                "(AITESTGEN_MAX_UPLOAD_KIB)"
            )
        files[name] = _text(name, content)
    return files


def is_kept(name: str) -> bool:
    """Whether the file matters. Raises UsageError for a name that is no plain relative path, whatever it is of."""
    plain = name.removeprefix("./")
    check_name(plain)
    path = PurePosixPath(plain)
    if any(part.startswith(".") or part in PASSED_OVER for part in path.parts):
        return False
    return path.suffix == ".py" or path.name in PROJECT_FILES


def _zipped(data: bytes, limits: UploadLimits) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        _check_number(len(entries))
        for entry in entries:
            mode = entry.external_attr >> 16
            if entry.is_dir() or not is_kept(entry.filename) or (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)):
                continue
            if entry.flag_bits & ENCRYPTED or entry.compress_type not in PLAIN_METHODS:
                raise UsageError(f"archive: {entry.filename[:80]!r} is encrypted, or packed in an unusual way")
            with archive.open(entry) as file:
                yield entry.filename.removeprefix("./"), file.read(limits.total_bytes + 1)


def _tarred(data: bytes, limits: UploadLimits) -> Iterator[tuple[str, bytes]]:
    packed = io.BytesIO(data)
    stream = gzip.GzipFile(fileobj=packed) if data.startswith(GZIP) else packed
    bounded = _Bounded(stream, limits.total_bytes * UNPACKED_FOR_KEPT)
    with tarfile.open(fileobj=bounded, mode="r|") as archive:  # type: ignore[call-overload]  # it only has to be read
        for number, entry in enumerate(archive, 1):
            _check_number(number)
            if entry.isreg() and is_kept(entry.name) and (file := archive.extractfile(entry)):
                yield entry.name.removeprefix("./"), file.read(limits.total_bytes + 1)


class _Bounded:
    """A stream that says so when more is read from it than was thought of."""

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, CHUNK))
        self._left -= len(data)
        if self._left < 0:
            raise UsageError("archive: unpacked it is far larger than what may be sent (AITESTGEN_MAX_UPLOAD_KIB)")
        return data


def _check_number(entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise UsageError(f"archive: more than {MOST_ENTRIES} entries")


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CodeInvalid(f"{name}: line {line}: not UTF-8 text", line=line, column=1) from None


def _without_top(files: dict[str, str]) -> dict[str, str]:
    """As archives of repositories are packed: `project-1.0/…`. A package of its own stays one."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or any("/" not in name for name in files):
        return files
    (top,) = tops
    if f"{top}/__init__.py" in files or top == "src":
        return files
    return {name.removeprefix(f"{top}/"): text for name, text in files.items()}
