"""Slack's rate limits: so many calls of one method a minute, about one message a second in a channel."""

from collections import deque

from sandbox.clock import Clock

# docs.slack.dev/apis/web-api/rate-limits: tier 1 "1+", tier 2 "20+", tier 3 "50+", tier 4 "100+" calls per minute.
PER_MINUTE = {"t1": 1, "t2": 20, "t3": 50, "t4": 100}
WINDOW = 60.0
# "generally, no more than 1 message per second per channel … short bursts are allowed"
POSTS_BURST = 5
POSTS_EVERY = 1.0


class Rates:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}
        self._posts: dict[str, float] = {}

    def wait_for_method(self, method: str, tier: str | None) -> int:
        """Count a call. Return 0, or the seconds of `Retry-After` when it is one too many (and does not count)."""
        allowed = PER_MINUTE.get(tier or "")
        if allowed is None:
            return 0
        now = self._clock.now()
        seen = self._seen.setdefault(method, deque())
        while seen and seen[0] <= now - WINDOW:
            seen.popleft()
        if len(seen) >= allowed:
            return _whole_seconds(seen[0] + WINDOW - now)
        seen.append(now)
        return 0

    def wait_for_post(self, channel: str) -> int:
        """Count a message into a channel, the same way."""
        now = self._clock.now()
        # The moment at which this channel's bucket will be full again.
        full_at = max(self._posts.get(channel, now), now)
        if full_at - now > (POSTS_BURST - 1) * POSTS_EVERY:
            return _whole_seconds(full_at - now - (POSTS_BURST - 1) * POSTS_EVERY)
        self._posts[channel] = full_at + POSTS_EVERY
        return 0


def _whole_seconds(seconds: float) -> int:
    return max(1, int(seconds) + (seconds > int(seconds)))
