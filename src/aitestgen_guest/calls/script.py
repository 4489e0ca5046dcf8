"""A case as texts that a test is written from: `{self}` stands for the receiver's variable."""

from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.scenes import NESTED
from aitestgen_guest.calls.steps import ADVANCE, TASKS, text_of
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.shapes import Case, Frame, Observation


def texts(target: Target, case: Case, observation: Observation) -> Frame:
    """Receiver, steps, template and arguments of the call, and the calls that follow, as source text.

    A step of several lines is one text; one that ends with a colon is a block that holds all that follows.
    """
    loop = bool(case.get("loop"))
    driven = observation.get("driven", [])
    calls, tasks = [], list(TASKS)
    for step, how in zip(case["calls"], driven, strict=False):
        started = tasks.pop(0) if step[0].startswith("start:") else ""
        calls.append(_step(step, how, loop=loop, started=started))
    followed = observation.get("followed", [])
    pairs = zip(case.get("after", ()), followed, strict=False)
    return {
        "receiver": inputs.source(case["receiver"]) if case["receiver"] is not None else None,
        "calls": calls,
        "arguments": [inputs.source(item) for item in case["arguments"]],
        "keywords": {name: inputs.source(item) for name, item in case["keywords"].items()},
        "then": [inputs.source(item) for item in case["then"]] if case["then"] is not None else None,
        "again": [inputs.source(item) for item in case["again"]] if case.get("again") is not None else None,
        "handed": observation.get("handed", []),
        "uses": [[inputs.source(item) for item in arguments] for arguments in case.get("uses", ())],
        "sends": [inputs.source(item) for item in case.get("sends", ())],
        "template": _template(target, case, observation),
        "loop": loop,
        "alone": sum(1 for step in case["calls"] if step[0].startswith("run:")),
        "tasks": list(TASKS[: len(TASKS) - len(tasks)]),
        "inside": [*map(_step_inside, case.get("inside", ()), observation.get("inside", ())), *_raised(case)],
        "after": [driven_text(text_of(s, "{self}", streamed="streamed" in h, loop=loop), h) for s, h in pairs],
    }


def _step_inside(step: "list[Any]", how: "list[str]") -> str:
    return driven_text(text_of(step, "{self}", streamed="streamed" in how, loop=True), how)


def _raised(case: Case) -> "list[str]":
    return [f"raise {inputs.source(case['thrown'])}"] if "thrown" in case else []


def driven_text(text: str, how: "list[str]") -> str:
    """The text with what was done to its result: `await`, `list(...)`, `with ...:`."""
    for manner in how:
        if manner in ("await", "async with", "with"):
            text = f"{manner} {text}" + (":" if manner in NESTED else "")
        elif manner == "run":
            text = f"asyncio.run({text})"
        elif manner in ("list", "collected"):
            text = f"{manner}({text})"
        elif manner == "islice":
            text = f"list(itertools.islice({text}, 5))"
    return text


def _step(step: "list[Any]", how: "list[str]", *, loop: bool, started: str) -> str:
    text = driven_text(text_of(step, "{self}", streamed="streamed" in how, loop=loop), how)
    if step[0] == ADVANCE and loop and not text.startswith("await"):
        text = f"await {text}"
    if started:
        return f"{started} = {text}\nawait asyncio.sleep(0)"
    errors = [manner.partition(" ")[2] for manner in how if manner.startswith("raises ")]
    if not errors:
        return text
    lines = [text, "    pass"] if text.endswith(":") else [text]
    return "\n    ".join([f"with pytest.raises({errors[0]}):", *lines])


def _template(target: Target, case: Case, observation: Observation) -> "str | None":
    """The call's template, with what runs beside it or limits it; the braces of foreign texts are doubled."""
    if case.get("act") == "set":
        return "{self}." + target.name + " = {0}"
    if case.get("act") == "del":
        return "del {self}." + target.name
    template = target.template
    if template is not None and target.name in ("__exit__", "__aexit__") and case["arguments"]:
        template = template.replace("pass", "raise {0}")
    call = f"collected({template})" if "streamed" in observation.get("wraps", ()) else template
    if "limit" in case:
        return f"asyncio.wait_for({call}, {case['limit']})"
    if "beside" in case:
        beside = [text.replace("{", "{{").replace("}", "}}") for text in observation["beside"]]
        texts = [text.replace("{{self}}", "{self}") for text in beside]
        return f"asyncio.gather({', '.join([str(call), *texts])})"
    return call
