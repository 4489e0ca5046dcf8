"""Questions and answers kept in files, one each, and answered from there again: no key, no network."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aitestgen.errors import LLMNotConfigured, LLMRefused, LLMUnanswered
from aitestgen.providers.redaction import Redact
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt, Spend

FORMAT = 1


def request(name: str, prompt: Prompt) -> Mapping[str, Any]:
    """Everything that the answer depends on, as JSON values."""
    fields = {key: getattr(prompt, key) for key in ("system", "user", "temperature", "max_tokens", "seed")}
    schema = None if prompt.schema is None else dict(prompt.schema)
    return {"format": FORMAT, "model": name, **fields, "schema": schema}


def digest(name: str, prompt: Prompt) -> str:
    """The same for the same question to the same model; it changes with every letter of it."""
    text = json.dumps(request(name, prompt), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Recording:
    """A model whose answers are kept in `folder`, without secrets. Errors are not kept."""

    def __init__(self, model: LanguageModel, folder: Path, redact: Redact) -> None:
        self._model = model
        self._folder = folder
        self._redact = redact

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel). Raises LLMNotConfigured where it cannot be kept."""
        answer = await self._model.complete(prompt)
        kept = {"request": request(self.name, prompt), "answer": asdict(answer)}
        text = json.dumps(kept, indent=1, ensure_ascii=True)
        try:
            _write(self._folder / f"{digest(self.name, prompt)}.json", self._redact(text))
        except OSError as error:
            raise LLMNotConfigured(
                f"the answer cannot be kept in {self._folder} (AITESTGEN_LLM_RECORD): {error.strerror}"
            ) from error
        return answer

    async def aclose(self) -> None:
        await self._model.aclose()


class Replaying:
    """Answers what was recorded in `folder` for this very question, and nothing else."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder

    @property
    def name(self) -> str:
        return self._name

    async def complete(self, prompt: Prompt) -> Completion:
        """The recorded answer. Raises LLMRefused where there is none, LLMUnanswered where its file is damaged."""
        file = self._folder / f"{digest(self.name, prompt)}.json"
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise LLMRefused(
                f"no answer of {self.name} to this question is recorded in {self._folder}: record it with "
                "AITESTGEN_LLM_RECORD"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise LLMUnanswered(f"{file} cannot be read: {error}", again=False) from error
        return _answer(text, file)

    async def aclose(self) -> None:
        """Does nothing: no connection is ever open."""


def _answer(text: str, file: Path) -> Completion:
    try:
        answer = json.loads(text)["answer"]
        return Completion(
            text=str(answer["text"]),
            model=str(answer["model"]),
            spend=Spend(**answer["spend"]),
            seconds=float(answer["seconds"]),
            cut=bool(answer["cut"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LLMUnanswered(f"{file} is damaged: record it anew", again=False) from error


def _write(file: Path, text: str) -> None:
    """Whole or not at all: several processes may record the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as kept:
            kept.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
