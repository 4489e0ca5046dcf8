"""The error tree. Each leaf's docstring says when it is raised; messages say what, where and what to do next.

AitestgenError
├── UsageError            wrong option, path or configuration
│   └── CodeInvalid       the submitted source is empty, too long, or does not parse
├── PolicyRefused         the policy gate refused the code before anything ran
├── NothingToTest         the module holds no function or class to test
├── SandboxError          no jail can be had here, or the jail itself failed
│   ├── NoNamespaces      the namespaces of a jail cannot be made here
│   └── OutcomeUnknown    a sandbox service was lost after it was asked: the guest may have run
├── LLMError              a language model was demanded and is not available
│   ├── LLMNotConfigured  no such provider, no key, no model named, or settings that contradict each other
│   │   └── NoSuchProvider  it is none that there is
│   ├── LLMRefused        the provider will not answer this, however often it is asked
│   │   ├── LLMTooLong    the prompt is longer than the model takes
│   │   └── LLMFormRefused  the server does not know this form of structured answer
│   ├── LLMBudgetUsedUp   a cap on calls, tokens or money stands against it
│   ├── LLMRateLimited    too many requests; a later one may be answered
│   ├── LLMUnreachable    no connection, or the provider failed: nothing was answered
│   └── LLMUnanswered     it was asked, and no usable answer came
├── StoreError            the database of jobs does not answer, or is not up to date
│   └── LeaseLost         an item is not its worker's any more
├── NotFound              there is no such job or key, or it is another caller's
├── NotKnown              it cannot be told who calls, and that has to be known
├── NotAllowed            who calls is known, and may not do this
├── TooMany               the caller has as much waiting as is allowed
├── OverRate              too many requests in a minute
├── UsedUp                the caller has used what there is for a day
└── Conflict              what is asked for does not fit what is there
"""

import re
from http import HTTPStatus
from typing import Literal

from aitestgen.values import PolicyFinding

WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class AitestgenError(Exception):
    """The base of every error that the product raises on purpose."""

    exit_code = 70
    http_status = HTTPStatus.INTERNAL_SERVER_ERROR
    error_type = "Unknown"
    retryable = False

    @property
    def code(self) -> str:
        """What programs tell problems apart by, such as `over_rate`. They are listed in docs/reference/problems.md."""
        return code_of(type(self))


def code_of(kind: type[AitestgenError]) -> str:
    """The class's own name in small letters: to rename a class is to break whoever goes by its code."""
    return WORDS.sub("_", kind.__name__).lower()


def status_of(code: str) -> HTTPStatus:
    """The status of the error with this code; 500 for a code of none, as a lost worker's."""
    kinds: list[type[AitestgenError]] = [AitestgenError]
    for kind in kinds:
        if code_of(kind) == code:
            return kind.http_status
        kinds.extend(kind.__subclasses__())
    return HTTPStatus.INTERNAL_SERVER_ERROR


class UsageError(AitestgenError):
    """Wrong option, path or configuration."""

    exit_code = 2
    http_status = HTTPStatus.UNPROCESSABLE_ENTITY
    error_type = "CodeInvalid"


class CodeInvalid(UsageError):
    """The submitted source is empty, too long, or does not parse. Line and column count from 1; 0 where unknown."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class PolicyRefused(AitestgenError):
    """The policy gate refused the code before anything of it ran."""

    exit_code = 3
    http_status = HTTPStatus.BAD_REQUEST
    error_type = "SecurityViolation"

    def __init__(self, findings: tuple[PolicyFinding, ...]) -> None:
        names = ", ".join(dict.fromkeys(finding.name for finding in findings))
        super().__init__(f"Code contains unsafe operations: {names}")
        self.findings = findings


class NothingToTest(AitestgenError):
    """The module holds no function or class to test."""

    exit_code = 5
    http_status = HTTPStatus.UNPROCESSABLE_ENTITY
    error_type = "CodeInvalid"


class SandboxError(AitestgenError):
    """No jail can be had here, or the jail itself failed. The message names the fix; trying again is safe."""

    exit_code = 4
    error_type = "SandboxError"
    retryable = True


class NoNamespaces(SandboxError):
    """No jail of tiers A and B can be made here: namespaces or mounts are refused, or there is no bubblewrap."""


class OutcomeUnknown(SandboxError):
    """A sandbox service was lost after it had the run: it may have happened, wholly or in part. Not retried unasked."""

    retryable = False


class LLMError(AitestgenError):
    """A language model was demanded and is not available."""

    exit_code = 1
    error_type = "LLMError"
    retryable = True


class LLMNotConfigured(LLMError):
    """No such provider, no key, no model named, or settings that contradict each other. Nothing was sent."""


class NoSuchProvider(LLMNotConfigured):
    """The provider that is named is none that there is: most likely a typing error."""

    exit_code = 2
    http_status = HTTPStatus.UNPROCESSABLE_ENTITY
    retryable = False


Reason = Literal["key", "model", "quota", "address", "request"]


class LLMRefused(LLMError):
    """The provider will not answer this, however often it is asked. `reason` is what it does not like."""

    def __init__(self, message: str, *, reason: Reason = "request") -> None:
        super().__init__(message)
        self.reason = reason


class LLMTooLong(LLMRefused):
    """The prompt, with room for the answer, is longer than the model takes: a shorter one may be answered."""


class LLMFormRefused(LLMRefused):
    """The server does not know this form of structured answer: asked in another form it may answer."""


class LLMBudgetUsedUp(LLMError):
    """A cap on calls, tokens or money would be exceeded if the answer were as long as allowed. Nothing was sent."""


class LLMRateLimited(LLMError):
    """Too many requests. `retry_after` are whole seconds, None where nobody said."""

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LLMUnreachable(LLMError):
    """No connection, or the provider failed (HTTP 5xx): nothing was answered. `retry_after` as in LLMRateLimited."""

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LLMUnanswered(LLMError):
    """It was asked, and no usable answer came: too late, cut, too large, not JSON, of another shape, empty.

    It may be billed all the same. `again` is whether it is worth asking at once again.
    """

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


class StoreError(AitestgenError):
    """The database of jobs does not answer, or is not up to date."""

    http_status = HTTPStatus.SERVICE_UNAVAILABLE
    retryable = True


class LeaseLost(StoreError):
    """The item is not this attempt's any more: it was given to another worker, cancelled or deleted."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"the lease on an item of job {job_id} is lost; whoever holds it now reports")


class NotFound(AitestgenError):
    """There is no such job or key, or it is another caller's."""

    exit_code = 2
    http_status = HTTPStatus.NOT_FOUND


class Conflict(AitestgenError):
    """What is asked for does not fit what is there, as a key that was used for something else."""

    http_status = HTTPStatus.CONFLICT


class NotKnown(AitestgenError):
    """Who calls has no valid key and no session, and the endpoint is not for everybody."""

    http_status = HTTPStatus.UNAUTHORIZED


class NotAllowed(AitestgenError):
    """The account that calls may not do this, or the request does not come from the server's own page."""

    http_status = HTTPStatus.FORBIDDEN


class OverRate(AitestgenError):
    """More requests, or failed logins, than are allowed in a minute. Try again after `retry_after` s."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS
    retryable = True

    def __init__(self, limit: int, retry_after: int, what: str = "requests") -> None:
        super().__init__(f"more than {limit} {what} a minute; try again in {retry_after} s")
        self.retry_after = retry_after


class UsedUp(AitestgenError):
    """The caller has used what there is for one day (UTC), `what` it is said with. Try again after `retry_after` s."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS
    retryable = True

    def __init__(self, what: str, retry_after: int) -> None:
        super().__init__(f"{what} a day are used up; try again in {retry_after} s")
        self.retry_after = retry_after


class TooMany(AitestgenError):
    """The caller, or all of an address, have as many modules waiting as is allowed: cancel some, or try again after
    `retry_after` s.
    """

    http_status = HTTPStatus.TOO_MANY_REQUESTS
    retryable = True

    def __init__(self, most: int, retry_after: int = 30, *, whose: str = "yours") -> None:
        super().__init__(f"modules of {whose} that wait: {most}, which is the most; wait for some, or cancel them")
        self.retry_after = retry_after
