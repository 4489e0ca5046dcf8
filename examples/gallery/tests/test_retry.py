import pytest
from retry import GaveUp, call_with_retry, delays, retry


class FakeFunction:
    """Returns its answers, or raises those that are exceptions, in turn; the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def __call__(self, *arguments, **options):
        self.calls.append((*arguments, options) if options else arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_delays_raises_value_error_at_least_one_attempt_is_made():
    with pytest.raises(ValueError, match="^at least one attempt is made$"):
        delays(0)


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        (1, []),
        (4, [0.1, 0.2, 0.4]),
    ],
)
def test_delays_returns_expected_value(attempts, expected):
    assert delays(attempts) == expected


def test_delays_returns_long_list():
    assert delays(7, factor=30.0) == [0.1, 3.0, 30.0, 30.0, 30.0, 30.0]


def test_call_with_retry_returns_1():
    function = FakeFunction(OSError("down"), 1)

    result = call_with_retry(function)

    assert result == 1
    assert function.calls == [(), ()]


def test_call_with_retry_raises_gave_up_failed_times():
    with pytest.raises(GaveUp, match="^failed 2 times$"):
        call_with_retry(FakeFunction(OSError("down")), attempts=2)


def test_call_with_retry_returns_1_again():
    function = FakeFunction(OSError("down"), 1, 2, 3)
    sleep = FakeFunction(None)

    result = call_with_retry(function, sleep=sleep)

    assert result == 1
    assert function.calls == [(), ()]
    assert sleep.calls == [(0.1,)]


def test_call_with_retry_raises_gave_up_failed_times_again():
    function = FakeFunction(OSError("down"))
    sleep = FakeFunction(None)

    with pytest.raises(GaveUp, match="^failed 3 times$"):
        call_with_retry(function, sleep=sleep)

    assert function.calls == [(), (), ()]
    assert sleep.calls == [(0.1,), (0.2,)]


def test_retry_returns_1():
    function = FakeFunction(OSError("down"), 1)

    result = retry()(function)(1)

    assert result == 1
    assert function.calls == [(1,), (1,)]
