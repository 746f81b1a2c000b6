"""No client takes the SPARQL endpoint from the others: budgets of time and of errors, and places to run.

A client may use some seconds of evaluation a minute and make some errors a minute. Both are token buckets
that are charged afterwards, because what a query costs is not known before; the time bucket may go below
zero, and the client then waits until it is filled again. Queries that are certain to be quick are not
counted: refusing one costs as much as answering it.

At any moment a client has at most some queries under way, and all clients together leave threads of the web
process and places in the store's queue free for what is quick.

Every web process counts for itself what comes to it. So each has its share of what the settings promise for
all of them together.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import StoreBusy, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathways_ld.settings import Settings

CLIENTS: Final = 10_000
"""How many clients are remembered; those that have been quiet longest are forgotten first."""
PATIENCE: Final = 5.0
"""Seconds a query waits for an earlier one of the same client to end, before it is refused."""
UNCOUNTED: Final = 0.02
"""Seconds; a query that needs less is not charged."""
_BURST: Final = 2
_INSTEAD: Final = {"queries": "; for all of the vocabulary at once take the download at /dumps/."}


@dataclass(frozen=True)
class Quota:
    """A bucket of `capacity` units that gains `rate` units a second; of no capacity, it bounds nothing."""

    name: str
    unit: str
    capacity: float
    rate: float
    least: float = 0.0
    """Units that must be there for the next request."""

    @classmethod
    def per_minute(cls, name: str, unit: str, amount: float, processes: int, least: float = 0.0) -> Quota:
        """Make one process's share of an amount a minute, of which twice as much may be used at once."""
        share = amount / processes
        return cls(name, unit, max(share * _BURST, least), share / 60, least)

    def refilled(self, level: float, seconds: float) -> float:
        """Give the level after some seconds."""
        return min(self.capacity, level + seconds * self.rate)

    def wait(self, level: float) -> int:
        """Give whole seconds until the next request is taken; 0 if it is taken now."""
        if not self.rate or level >= self.least - 1e-9:
            return 0
        return max(1, math.ceil((self.least - level) / self.rate - 1e-9))


@dataclass
class _Account:
    """What a client has left at the time `at`."""

    time: float
    errors: float
    at: float


@dataclass(eq=False)
class Turn:
    """A query that was let in; `begin` when its evaluation starts, for which the client is charged."""

    client: str
    entered: float
    counted: bool = True
    begun: float | None = None
    evaluating: bool = False
    unqueued: bool = False
    """No other counted query was in its way when it began, so the time it takes is its own."""


class Fairness:
    """The budgets of all clients of one process; safe between threads."""

    def __init__(
        self,
        time_quota: Quota,
        error_quota: Quota,
        *,
        queries: int = 0,
        places: int = 1_000,
        lanes: int = 1,
        longest: float = 20.0,
        what: str = "queries",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the budgets of no clients yet.

        `queries` of one client and `places` of all may be under way, `lanes` without waiting for each
        other, none for more than `longest` seconds. `what` says what they are.
        """
        self._time, self._errors = time_quota, error_quota
        self._queries, self._places, self._lanes = queries, places, lanes
        self._longest, self._what, self._clock = longest, what, clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._turns: set[Turn] = set()
        self._changed = threading.Condition()

    @classmethod
    def from_settings(cls, settings: Settings) -> Fairness:
        """Make the budgets that an operator has set."""
        processes = settings.workers
        queries = settings.sparql_client_queries
        lanes = max(1, settings.sparql_workers - 1)
        return cls(
            Quota.per_minute("time", "seconds", settings.sparql_client_time, processes),
            Quota.per_minute("errors", "errors", settings.sparql_client_errors, processes, least=1),
            queries=max(1, queries // processes) if queries else 0,
            # What is quick needs threads and room in the store's queue as well.
            places=max(1, min(settings.threads, settings.sparql_queue) // 2),
            lanes=lanes,
            longest=settings.sparql_deadline,
        )

    def check_errors(self, client: str) -> None:
        """Raise :class:`TooManyRequests` where a client's queries fail and fail."""
        with self._changed:
            seconds = self._errors.wait(self._account(client).errors)
        if seconds:
            raise TooManyRequests(
                f"Too many of your queries failed. Correct them, and send the next in {seconds} seconds.",
                retry_after=seconds,
            )

    def count_error(self, client: str) -> None:
        """Charge a client for a query that failed."""
        if self._errors.rate:
            with self._changed:
                self._keep(client).errors -= 1

    def check_time(self, client: str) -> None:
        """Raise :class:`TooManyRequests` where a client has used its time."""
        with self._changed:
            self._check_time(client)

    def charge(self, client: str, seconds: float) -> None:
        """Charge a client for work that is no query."""
        if self._time.rate and seconds >= UNCOUNTED:
            with self._changed:
                self._keep(client).time -= seconds

    @contextlib.contextmanager
    def work(self, client: str) -> Iterator[None]:
        """Let in what a client asks for besides queries, and charge it for this thread's processor time.

        Raises :class:`TooManyRequests` where the client has used its time.
        """
        self.check_time(client)
        started = time.thread_time()
        try:
            yield
        finally:
            self.charge(client, time.thread_time() - started)

    @contextlib.contextmanager
    def turn(self, client: str, *, cheap: bool) -> Iterator[Turn]:
        """Let a query in, and charge the client at its end for the time since it began.

        Raises :class:`TooManyRequests` with the seconds after which there is room for this client, or
        :class:`StoreBusy` where all clients together leave none.
        """
        turn = Turn(client, self._clock(), counted=not cheap)
        if cheap:
            yield turn
            return
        self._enter(turn)
        try:
            yield turn
        finally:
            self._leave(turn)

    def begin(self, turn: Turn) -> None:
        """Start the time that is charged."""
        with self._changed:
            turn.begun = self._clock()
            at_work = sum(each.begun is not None for each in self._turns)
            turn.unqueued = turn.counted and at_work <= self._lanes

    def _enter(self, turn: Turn) -> None:
        with self._changed:
            self._check_time(turn.client)
            if len(self._turns) >= self._places:
                raise StoreBusy(
                    "As many queries are being evaluated as this service can; try again in a moment.",
                    retry_after=self._soonest(self._evaluating()),
                )
            self._turns.add(turn)
            try:
                self._await_own(turn)
            except BaseException:
                self._turns.discard(turn)
                self._changed.notify_all()
                raise
            turn.entered, turn.evaluating = self._clock(), True

    def _await_own(self, turn: Turn) -> None:
        """Wait a little for the client's own queries, as browsers and libraries send some at once."""

        def is_free() -> bool:
            return not self._queries or len(self._evaluating(turn.client)) < self._queries

        own = sum(each.client == turn.client for each in self._turns)
        patience = PATIENCE if own <= self._queries + self._places // 3 else 0.0
        if not self._changed.wait_for(is_free, patience):
            seconds = self._soonest(self._evaluating(turn.client))
            raise TooManyRequests(
                f"{self._queries} of your {self._what} are under way, the most for one client at a time."
                f" Wait for them; one will have ended in {seconds} seconds at the latest.",
                retry_after=seconds,
            )

    def _evaluating(self, client: str = "") -> list[Turn]:
        return [each for each in self._turns if each.evaluating and client in ("", each.client)]

    def _soonest(self, turns: list[Turn]) -> int:
        """Give whole seconds until one of the turns has ended at the latest."""
        oldest = min((each.entered for each in turns), default=self._clock())
        return max(1, math.ceil(oldest + self._longest - self._clock()))

    def _check_time(self, client: str) -> None:
        seconds = self._time.wait(self._account(client).time)
        if seconds:
            raise TooManyRequests(
                f"Your {self._what} have used the time that one client may use,"
                f" {self._time.rate * 60:g} seconds a minute. Send the next in {seconds} seconds"
                f"{_INSTEAD.get(self._what, '.')}",
                retry_after=seconds,
            )

    def _leave(self, turn: Turn) -> None:
        with self._changed:
            self._turns.discard(turn)
            self._changed.notify_all()
            if turn.begun is None or not self._time.rate:
                return
            used = self._clock() - turn.begun
            if used >= UNCOUNTED:
                self._keep(turn.client).time -= used

    # the accounts

    def _account(self, client: str) -> _Account:
        """Give a client's account as it is now; a client that is not known has all it may have."""
        now = self._clock()
        account = self._accounts.get(client)
        if account is None:
            return _Account(self._time.capacity, self._errors.capacity, now)
        passed, account.at = now - account.at, now
        account.time = self._time.refilled(account.time, passed)
        account.errors = self._errors.refilled(account.errors, passed)
        return account

    def _keep(self, client: str) -> _Account:
        """Give a client's account to charge it."""
        account = self._accounts[client] = self._account(client)
        self._accounts.move_to_end(client)
        while len(self._accounts) > CLIENTS or self._is_full(next(iter(self._accounts)), but=client):
            self._accounts.popitem(last=False)
        return account

    def _is_full(self, client: str, *, but: str) -> bool:
        account = self._account(client)
        full = account.time >= self._time.capacity and account.errors >= self._errors.capacity
        return full and client != but

    def __len__(self) -> int:
        """Count the clients that are remembered."""
        return len(self._accounts)

    # what clients are told

    def headers(self, client: str) -> dict[str, str]:
        """Give the RateLimit fields: the policy, and what is left where something was used.

        As in https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (version 10).
        """
        quotas = [quota for quota in (self._time, self._errors) if quota.rate]
        if not quotas:
            return {}
        policies = (
            f'"{each.name}";q={each.capacity:.0f};qu="{each.unit}";w={each.capacity / each.rate:.0f}'
            for each in quotas
        )
        fields = {"RateLimit-Policy": ", ".join(policies)}
        with self._changed:
            known, account = client in self._accounts, self._account(client)
        if known:
            left = [(quota, account.time if quota is self._time else account.errors) for quota in quotas]
            fields["RateLimit"] = ", ".join(
                f'"{quota.name}";r={max(0, math.floor(level))}'
                f";t={quota.wait(level) or math.ceil((quota.capacity - level) / quota.rate)}"
                for quota, level in left
            )
        return fields
