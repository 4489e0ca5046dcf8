"""Run under any interpreter: does a switchable module behave as the original, and as each mutant compiled alone?

Arguments: the folder of the corpus, and n to try every n-th mutant only. Prints one JSON
object: the number of mutants compared, and a line for each difference.
"""

# ruff: noqa: S102, BLE001 - it runs corpus modules, and compares whatever they raise

import ast
import json
import signal
import sys
from pathlib import Path

from aitestgen_guest.mutation.mutants import SWITCH, compile_mutant, compile_switchable, enumerate_mutants

LONG, SHORT = 10.0, 0.08


def main():
    version = sys.version_info[0] * 100 + sys.version_info[1]
    compared, differences = 0, []
    for file in sorted(Path(sys.argv[1]).glob("*.py")):
        needed = file.stem.rpartition("_")[2]
        if not (needed.isdigit() and version < int(needed)):
            count, found = compare(file.name, file.read_text(encoding="utf-8"), int(sys.argv[2]))
            compared += count
            differences += found
    sys.stdout.write(json.dumps({"compared": compared, "differences": differences}))


def compare(name, source, step):
    mutants = enumerate_mutants(source, per_line=99)
    original = behaviour(compile(ast.parse(source), name, "exec", dont_inherit=True), LONG)
    code = compile_switchable(source, name, mutants)
    switched_off = behaviour(code, LONG, {SWITCH: 0}, 0)
    differences = [] if original == switched_off else [f"{name}: off {original} {switched_off}"]
    tried = mutants[::step]
    for mutant in tried:
        alone = behaviour(compile_mutant(source, name, mutant), SHORT)
        early = {SWITCH: mutant["id"]} if mutant["import_time"] else {SWITCH: 0}
        switched = behaviour(code, SHORT, early, mutant["id"])
        if alone != switched and "hang" not in (alone[-1], switched[-1]):
            differences.append(f"{name}: {mutant} alone {alone} switched {switched}")
    return len(tried), differences


def behaviour(code, seconds, early=None, mutant=0):
    """What the module's `observe` calls show, with the lines of every traceback; ["hang"] where it takes too long.

    `early` is in the namespace before the code runs; `mutant` is switched on after that.
    """
    seen = []
    namespace = {"__name__": "subject", **(early or {})}
    signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        sys.modules["subject"] = Namespace(namespace)
        exec(code, namespace)
        if early:
            namespace[SWITCH] = mutant
        seen += [shown(*call) for call in namespace["observe"]()]
    except Hang:
        seen = ["hang"]
    except Exception as error:
        seen.append(f"at import: {error!r} {lines_of(error)}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return seen


def shown(function, args, kwargs):
    try:
        return readable(function(*args, **kwargs))
    except Exception as error:
        return f"{error!r} {lines_of(error)}"


def readable(value):
    """A repr without addresses: instances by their type and attributes."""
    if type(value).__repr__ is object.__repr__:
        return f"{type(value).__name__} {getattr(value, '__dict__', '')}"
    return repr(value)


def lines_of(error):
    lines, traceback = [], error.__traceback__
    while traceback:
        if traceback.tb_frame.f_globals.get("__name__") == "subject":
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    return lines


def hang(*_):
    raise Hang


class Hang(BaseException):
    pass


class Namespace:
    """Stands in sys.modules for the module, whose dict dataclasses and enums ask for."""

    def __init__(self, namespace):
        self.__dict__ = namespace


if __name__ == "__main__":
    main()
