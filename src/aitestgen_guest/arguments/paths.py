"""Which parameters of a module are paths, by what its code does with what they name."""

import ast
import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from aitestgen_guest.shapes import Spec

_FIRST = {
    "open", "Path", "PurePath", "exists", "isfile", "isdir", "getsize", "getmtime", "remove", "unlink", "listdir",
    "scandir", "walk", "makedirs", "mkdir", "rmdir", "stat", "rmtree", "rename", "replace", "copy", "copy2", "copyfile",
    "move", "copytree", "fileinput", "chdir", "iglob", "glob",
}  # fmt: skip
_PARSING = ("parse_args", "parse_known_args")
_BOTH = {"rename", "replace", "copy", "copy2", "copyfile", "move", "copytree"}
_OWNERS = ("os", "path", "shutil", "io", "gzip", "codecs", "pathlib", "glob", "tarfile", "zipfile")
_METHODS = {
    "read_text", "write_text", "read_bytes", "write_bytes", "exists", "is_file", "is_dir", "iterdir", "rglob", "mkdir",
    "unlink", "touch", "stat", "with_suffix", "with_name", "joinpath", "rmdir", "resolve", "absolute", "open", "glob",
}  # fmt: skip
_FOLDERS = {
    "listdir",
    "scandir",
    "walk",
    "makedirs",
    "iterdir",
    "rglob",
    "glob",
    "mkdir",
    "rmtree",
    "copytree",
    "joinpath",
    "chdir",
}
_SAME_PATH = ("Path", "PurePath", "str", "fspath", "expanduser", "abspath", "realpath", "normpath")
_AS_TEXT = {"endswith", "startswith", "split", "rsplit", "lower", "upper", "strip", "rpartition", "partition", "rstrip"}
_FOLDER_NAME = re.compile(r"(^|_)(dir|directory|folder|root|base|base_dir|home|workspace)$|dir$")
_OUTPUT_NAME = re.compile(r"(^|_)(out|output|dest|destination|target|dst)(_|$)")
_FILE_NAME = re.compile(r"(^|_)(path|file_?path|filename|file_name)$")

DATABASE: Spec = ("given", (json.dumps(("text", '":memory:"')),))
"""One in memory, as a text of code, which is not changed: any other name is that of a file, which stays."""


@functools.lru_cache(maxsize=4)
def paths_in(source: str) -> "Paths":
    return Paths(source)


class Paths:
    """The names of parameters that are paths in this source."""

    def __init__(self, source: str) -> None:
        tree = ast.parse(source)
        self.extensions = _extensions(source)
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.methods: set[str] = set()
        self.joined: set[str] = set()
        """What is divided by something: a path, if it is one at all, in which others lie."""
        self.texts: set[str] = set()
        self.streams: set[str] = set()
        self.stream_texts = ("", "first\nsecond\n", "a\n\nb\n", "one line", "a,b\n1,2\n", "# comment\nname=value\n")
        self.arguments = _command_words(tree, source)
        self.databases = {name for node in ast.walk(tree) if (name := _given_to(node, "connect", "sqlite3"))}
        """What is opened as a database: one in memory, as files outlive the case."""
        self.parsed = {name for node in ast.walk(tree) for way in _PARSING if (name := _given_to(node, way, ""))}
        """What is handed to a parser as a command line."""
        self.uses_files = bool(re.search(r"\b(open|Path|os\.path|os\.listdir|shutil|scandir|configparser)\b", source))
        for node in ast.walk(tree) if self.uses_files else ():
            self._look(node)
        self._follow(tree)

    @property
    def names(self) -> "set[str]":
        return self.files | self.folders

    def _stream(self, written: "Callable[[str], Any]", other: Spec) -> Spec:
        """What a stream may hold: one of the texts for files, or something else."""
        return ("union", (("choice", tuple(repr(written(text)) for text in self.stream_texts)), other))

    def specs(self, name: str, annotation: str) -> "Spec | None":
        """What a parameter may take; None for one that is no path."""
        by_annotation = bool(re.search(r"\bPath\b|PathLike|StrPath", annotation))
        if not by_annotation and (
            re.search(r"\b(TextIO|IO\[str\])", annotation) or (name in self.streams and not annotation)
        ):
            return ("around", "io.StringIO(", self._stream(str, ("lines",)), ")")
        if re.search(r"\b(BinaryIO|IO\[bytes\])", annotation):
            return ("around", "io.BytesIO(", self._stream(str.encode, ("bytes",)), ")")
        if name in self.databases and "Path" not in annotation:
            return DATABASE
        if name in self.parsed and self.arguments:
            return ("union", (("words",), ("words",), ("none",))) if "None" in annotation else ("words",)
        if (
            name in ("argv", "args", "arguments")
            and self.arguments
            and ("list" in annotation.lower() or "Sequence" in annotation)
        ):
            return ("union", (("list", ("choice", self.arguments)), ("list", ("choice", self.arguments)), ("none",)))
        by_name = bool(self.uses_files and _FILE_NAME.search(name) and (not annotation or "str" in annotation))
        if name not in self.names and not by_annotation and not by_name:
            return None
        as_text = not by_annotation and name not in self.methods
        texts = self._folder_texts(name) if self._is_folder(name) else self._file_texts(name)
        as_bytes = [f"bytes({text})" for text in dict.fromkeys(texts)] if "bytes" in annotation else []
        return ("choice", (*(f"str({text})" if as_text else text for text in texts), *as_bytes))

    def _is_folder(self, name: str) -> bool:
        is_used_so = name in self.folders or name in self.joined
        return bool(_FOLDER_NAME.search(name)) or (is_used_so and name not in self.files)

    def _folder_texts(self, name: str) -> "list[str]":
        own = name if _OUTPUT_NAME.search(name) else "folder"
        return [*["tmp_path"] * (1 if own == name else 3), f'tmp_path / "{own}"', 'tmp_path / "missing"']

    def _file_texts(self, name: str) -> "list[str]":
        if _OUTPUT_NAME.search(name):
            return [f'tmp_path / "out{self.extensions[0]}"', f'tmp_path / "folder" / "out{self.extensions[0]}"']
        known = [f'tmp_path / "data{extension}"' for extension in self.extensions]
        known += ['tmp_path / "folder"'] if name in self.folders else []
        return [*known * 3, 'tmp_path / "notes.txt"', f'tmp_path / "missing{self.extensions[0]}"']

    # -- looking ------------------------------------------------------------------------------------------------
    def _look(self, node: ast.AST) -> None:  # noqa: C901 - one rule for each way of using a path
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            owner = _named(function.value) if isinstance(function, ast.Attribute) else None
            if name in _FIRST and (isinstance(function, ast.Name) or owner in _OWNERS):
                for argument in node.args[: 2 if name in _BOTH else 1]:
                    self._is_path(_named(argument), name)
            elif name in _METHODS and owner and owner not in _OWNERS and owner not in ("self", "re", "json"):
                self._is_path(owner, name)
                self.methods.add(owner)
            elif name == "join" and owner == "path" and node.args:
                self._is_path(_named(node.args[0]), "listdir")
            elif name in _AS_TEXT and owner:
                self.texts.add(owner)
            if name in ("readline", "readlines", "writelines", "write", "read") and owner and owner != "self":
                self.streams.add(owner)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Div)):
            (self.texts if isinstance(node.op, ast.Add) else self.joined).add(_named(node.left) or "")

    def _is_path(self, name: "str | None", use: str) -> None:
        if name:
            (self.folders if use in _FOLDERS else self.files).add(name)

    def _follow(self, tree: ast.Module) -> None:  # noqa: C901 - one rule for each way of handing a path on
        """Parameters that are handed on as paths are paths too."""
        functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for name, owner in classes.items():
            made = [item for item in owner.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
            functions.update(zip([name], made, strict=False))
        for _ in range(3):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    called = functions.get(
                        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                    )
                    for parameter, argument in _pairs(called, node) if called else ():
                        self._hand_back(parameter, _named(argument))
                elif isinstance(node, ast.For) and isinstance(node.iter, (ast.Tuple, ast.List)):
                    for item in node.iter.elts:
                        self._hand_back(_named(node.target), _named(item))
                elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                    self._hand_back(_named(node.targets[0]), _handed(node.value))

    def _hand_back(self, path: "str | None", name: "str | None") -> None:
        if path and name:
            for known in (self.files, self.folders, self.methods):
                if path in known:
                    known.add(name)


def _given_to(node: ast.AST, method: str, owner: str) -> "str | None":
    """The variable that the method of that owner, of any if it is empty, is given first."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    is_wanted = node.func.attr == method and (not owner or _named(node.func.value) == owner)
    return _named(node.args[0]) if is_wanted else None


def _handed(node: ast.expr) -> "str | None":
    """The variable that an assigned value is the same path as."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return _named(node.args[0]) if name in _SAME_PATH else None
    return _named(node)


def _pairs(called: "ast.FunctionDef | ast.AsyncFunctionDef", call: ast.Call) -> "Iterator[tuple[str, ast.expr]]":
    names = [argument.arg for argument in called.args.args if argument.arg not in ("self", "cls")]
    yield from zip(names, call.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)


def _named(node: "ast.expr | None") -> "str | None":
    """The variable, or the attribute of `self`, that the expression is."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr.lstrip("_")
    return None


def _extensions(source: str) -> "list[str]":
    """The kinds of files that the code seems to read or write."""
    known = (
        (r"\bjson\b", ".json"), (r"\bcsv\b", ".csv"), (r"\bconfigparser\b", ".ini"), (r"\btomllib\b", ".toml"),
        (r"\blog\b", ".log"),
    )  # fmt: skip
    return [extension for pattern, extension in known if re.search(pattern, source)] or [".txt"]


def _command_words(tree: ast.Module, source: str) -> "tuple[str, ...]":
    """Source texts of words for the command line, where the module reads one."""
    if not re.search(r"\bargv\b|\bargparse\b", source):
        return ()
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    flags = [text for text in texts if re.fullmatch(r"--?[A-Za-z][\w-]*", text)]
    words = [*flags, *(f"{flag}=3" for flag in flags if flag.startswith("--")), "data.txt", "3", "name", "missing.txt"]
    return tuple(map(repr, dict.fromkeys(words)))
