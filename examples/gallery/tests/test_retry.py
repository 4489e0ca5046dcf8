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


@pytest.mark.parametrize(
    ("attempts", "first", "expected"),
    [
        (4, 1.0, [1.0, 2.0, 4.0]),
        (3, 30.5, [30.0, 30.0]),
    ],
)
def test_delays_returns_expected_value_with_first(attempts, first, expected):
    assert delays(attempts, first=first) == expected


def test_delays_raises_value_error_at_least_one_attempt_is_made():
    with pytest.raises(ValueError, match="^at least one attempt is made$"):
        delays(0)


def test_delays_returns_empty_list():
    assert delays(1) == []


def test_call_with_retry_returns_empty_dict():
    assert call_with_retry(dict) == {}


def test_call_with_retry_raises_gave_up_failed_times():
    function = FakeFunction(OSError("down"))
    sleep = FakeFunction(None)

    with pytest.raises(GaveUp, match="^failed 3 times$"):
        call_with_retry(function, sleep=sleep)

    assert function.calls == [(), (), ()]
    assert sleep.calls == [(0.1,), (0.2,)]


def test_retry_is_true():
    assert retry()(lambda x: True)(None) is True
