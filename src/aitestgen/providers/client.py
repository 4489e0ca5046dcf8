"""The client of every OpenAI-compatible server: one question, one HTTP exchange."""

import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

from aitestgen.errors import LLMRefused, LLMUnreachable
from aitestgen.providers.answers import completion
from aitestgen.providers.endpoints import Endpoint
from aitestgen.providers.exchange import post
from aitestgen.providers.forms import KnownForms
from aitestgen.providers.presets import Form
from aitestgen.providers.prices import Price
from aitestgen.providers.questions import body
from aitestgen.providers.refusals import is_about_temperature
from aitestgen.values import Completion, Prompt

TIMEOUT_SECONDS = 60.0


class ChatClient:
    """Implements seams.LanguageModel over one endpoint. It asks once, in one form, and keeps nothing open.

    A prompt with a schema whose form the server does not take raises LLMFormRefused. One who takes no temperature is
    asked without one from the next question on: the first raises LLMUnreachable, which is worth repeating at once.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        form: Form = Form.PLAIN,
        known: KnownForms | None = None,
        price: Price | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._form = form
        self._known = known or KnownForms()
        self._price = price
        self._timeout_seconds = timeout_seconds
        self._clock = clock

    @property
    def name(self) -> str:
        return self._endpoint.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer to one question, within the timeout (see seams.LanguageModel). Cancelling hangs up."""
        started = self._clock()
        formed = prompt.schema is not None and self._form is not Form.PLAIN
        url = f"{self._endpoint.base_url}/chat/completions"
        sent = body(prompt, self._endpoint, self._form, tempered=self._known.takes_temperature)
        reply = await post(url, sent, self._headers(), self._timeout_seconds)
        try:
            answer = completion(reply, self._endpoint, self._price, prompt, formed=formed)
        except LLMRefused as refused:
            if not self._known.takes_temperature or not is_about_temperature(refused):
                raise
            self._known.takes_temperature = False
            raise LLMUnreachable(f"{refused}: it is asked without a temperature now", retry_after=0) from refused
        return replace(answer, seconds=self._clock() - started)

    async def aclose(self) -> None:
        """Does nothing: each connection ends with its question."""

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": f"aitestgen/{version('aitestgen')}", "Accept": "application/json"}
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        return headers
