import pytest
from token_bucket import RateLimiter, TokenBucket


class FakeClock:
    """Time that passes only where a test lets it pass."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return FakeClock()


def test_token_bucket_can_be_created():
    result = TokenBucket(1, 1)

    assert isinstance(result, TokenBucket)
    assert result.capacity == 1
    assert result.per_second == 1
    assert result.available == 1


def test_token_bucket_raises_value_error_bucket_holds_at_least_one_token():
    with pytest.raises(ValueError, match="^a bucket holds at least one token$"):
        TokenBucket(0, 0)


def test_token_bucket_raises_value_error_bucket_is_refilled():
    with pytest.raises(ValueError, match="^a bucket is refilled$"):
        TokenBucket(1, 0)


def test_token_bucket_available_returns_zero_after_time_passes_and_take(clock):
    token_bucket = TokenBucket(1, 1.5, clock=clock)
    clock.advance(1)
    token_bucket.take(count=1)
    assert token_bucket.available == 0


def test_token_bucket_take_is_true():
    token_bucket = TokenBucket(1, 1.5)

    result = token_bucket.take()

    assert result is True
    assert token_bucket.available == 0


def test_token_bucket_take_is_false():
    token_bucket = TokenBucket(1, 1.5)

    result = token_bucket.take(count=2)

    assert result is False
    assert token_bucket.available == 1


def test_token_bucket_take_is_true_after_take():
    token_bucket = TokenBucket(2, 1)
    token_bucket.take(count=-1)

    result = token_bucket.take()

    assert result is True
    assert token_bucket.available == 1


def test_token_bucket_seconds_until_raises_value_error_bucket_holds_not():
    token_bucket = TokenBucket(2, 2)

    with pytest.raises(ValueError, match="^the bucket holds 2, not 3$"):
        token_bucket.seconds_until(count=3)

    assert token_bucket.available == 2


def test_token_bucket_seconds_until_returns_0_point_5_after_take(clock):
    token_bucket = TokenBucket(2, 2, clock=clock)
    token_bucket.take()
    assert token_bucket.seconds_until(count=2) == 0.5


def test_token_bucket_seconds_until_returns_0_point_5_after_take_and_time(clock):
    token_bucket = TokenBucket(1, 1.0, clock=clock)
    token_bucket.take()
    clock.advance(0.5)
    assert token_bucket.seconds_until() == 0.5


def test_rate_limiter_can_be_created():
    assert isinstance(RateLimiter(0, 0.0), RateLimiter)


def test_rate_limiter_allows_is_false_after_allows():
    rate_limiter = RateLimiter(1, 1.5)
    rate_limiter.allows("a")
    assert rate_limiter.allows("a") is False


def test_rate_limiter_forget_returns_none_after_allows():
    rate_limiter = RateLimiter(1, 1)
    rate_limiter.allows("alice")

    rate_limiter.forget("alice")

    assert rate_limiter.allows("alice") is True


def test_token_bucket_fill_returns_none_after_take_and_time_passes(clock):
    token_bucket = TokenBucket(2, 2, clock=clock)
    token_bucket.take(count=1)
    clock.advance(1.0)

    token_bucket._fill()

    assert token_bucket.available == 2
