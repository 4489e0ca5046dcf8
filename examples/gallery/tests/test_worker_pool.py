import asyncio

import pytest
from worker_pool import Batcher, Outcome, first_success, run_all


class FakeAsyncFunction:
    """Gives its answers when awaited, or raises those that are exceptions, in turn; the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    async def __call__(self, *arguments, **options):
        self.calls.append((*arguments, options) if options else arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_outcome_can_be_created_with_error():
    result = Outcome(error=KeyError("key"))

    assert isinstance(result, Outcome)
    assert result.value is None
    assert repr(result.error) == "KeyError('key')"
    assert result.ok is False


def test_outcome_ok_is_true():
    outcome = Outcome()
    assert outcome.ok is True


def test_run_all_gives_list():
    work = FakeAsyncFunction(ValueError("boom"))

    result = asyncio.run(run_all(work, [()]))

    assert isinstance(result, list)
    assert len(result) == 1
    assert result[0].value is None
    assert repr(result[0].error) == "ValueError('boom')"
    assert result[0].ok is False
    assert repr(result[0]) == "Outcome(value=None, error=ValueError('boom'))"
    assert work.calls == [((),)]


def test_run_all_raises_value_error_at_least_one_runs_time():
    with pytest.raises(ValueError, match="^at least one runs at a time$"):
        asyncio.run(run_all(FakeAsyncFunction("done"), [], at_once=0))


def test_run_all_returns_empty_list():
    assert asyncio.run(run_all(FakeAsyncFunction(1, 2, 3), [], at_once=1)) == []


def test_first_success_returns_1():
    assert (
        asyncio.run(first_success(FakeAsyncFunction(ValueError("boom"), ValueError("boom"), 1, 2, 3), [[], [], 0])) == 1
    )


def test_first_success_raises_lookup_error_none_of_items_worked():
    work = FakeAsyncFunction(RuntimeError("boom"))

    with pytest.raises(LookupError, match="^none of 1 items worked$"):
        asyncio.run(first_success(work, [0]))

    assert work.calls == [(0,)]


def test_batcher_can_be_created():
    result = Batcher(FakeAsyncFunction(None))

    assert isinstance(result, Batcher)
    assert result.size == 3
    assert result.sent == 0


def test_batcher_raises_value_error_batch_holds_at_least_one_item():
    with pytest.raises(ValueError, match="^a batch holds at least one item$"):
        Batcher(FakeAsyncFunction(None), size=0)


def test_batcher_can_be_created_with_size():
    result = Batcher(FakeAsyncFunction(ValueError("boom"), None), size=1)

    assert isinstance(result, Batcher)
    assert result.size == 1
    assert result.sent == 0


def test_batcher_add_is_false():
    batcher = Batcher(FakeAsyncFunction(None))
    assert asyncio.run(batcher.add("a")) is False


def test_batcher_add_returns_two_item_list():
    async def scenario():
        callback = FakeAsyncFunction(None)
        batcher = Batcher(callback, size=1)

        result = await asyncio.gather(batcher.add("a"), batcher.flush())

        assert result == [True, 0]
        assert batcher.sent == 1
        assert callback.calls == [(["a"],)]

    asyncio.run(scenario())


def test_batcher_flush_returns_1_after_add():
    callback = FakeAsyncFunction(None)
    batcher = Batcher(callback)
    asyncio.run(batcher.add("a"))

    result = asyncio.run(batcher.flush())

    assert result == 1
    assert batcher.sent == 1
    assert callback.calls == [(["a"],)]
