"""A model each of whose requests is a span, by the names of OpenTelemetry's conventions for generative models."""

from opentelemetry.trace import SpanKind

from aitestgen.seams import LanguageModel
from aitestgen.tracing import span
from aitestgen.values import Completion, Prompt


class Traced:
    """The model itself. A span never holds the prompt or the answer."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel)."""
        provider, _, model = self.name.partition(":")
        asked = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model}
        with span(f"chat {model}", asked, kind=SpanKind.CLIENT) as current:
            answer = await self._model.complete(prompt)
            current.set_attribute("gen_ai.usage.input_tokens", answer.spend.input_tokens)
            current.set_attribute("gen_ai.usage.output_tokens", answer.spend.output_tokens)
            return answer

    async def aclose(self) -> None:
        await self._model.aclose()
