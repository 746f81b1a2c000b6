"""Tells webhooks what happened: signed, tried again with growing waits, given up after a day.

Messages are signed as Standard Webhooks says (https://www.standardwebhooks.com/). Of one state directory, one
process at a time delivers; whatever ends it, the ledger knows what has arrived. A message may arrive twice,
under one id, where the process ends between the answer and the note of it.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import hmac
import http.client
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pathways_ld.errors import PathwaysError
from pathways_ld.ledger.database import Database
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder, read_manifest
from pathways_ld.store.outgoing import networks_of, post
from pathways_ld.webhooks import Webhook, read_secret

log = logging.getLogger(__name__)

WAITS: Final = (10, 60, 300, 1_800, 7_200, 18_000, 36_000)
"""Seconds after each try that failed; after one more, nothing is tried any more."""
SECONDS: Final = 10.0
"""How long one try may take."""
EVERY: Final = 5.0
"""Seconds between two looks at the ledger."""
_MOST: Final = 50
_DELIVERED: Final = "delivered"
_GIVEN_UP: Final = "given up"


@dataclass(frozen=True)
class Delivery:
    """A notice for a webhook. `outcome` is empty while it is tried; `failure` tells of the last try."""

    notice: int
    webhook: str
    event: str
    at: str
    attempts: int
    next_attempt: str
    outcome: str
    failure: str


@dataclass(frozen=True)
class Report:
    """What became of one round: how many messages arrived, failed for now, and were given up."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


class Deliverer:
    """Delivers what the ledger holds for the webhooks of the settings."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hooks = settings.webhooks.hooks
        self._settings = settings
        self._networks = networks_of(settings.webhook_networks)
        self._state_dir = settings.state_dir
        self._database = Database(settings.state_dir)
        self._environment = os.environ if environment is None else environment
        self._now = now

    def register(self) -> None:
        """Begin, for webhooks that are new, with what happens from now on."""
        with self._database.writing() as connection:
            for hook in self._hooks:
                connection.execute(
                    "INSERT OR IGNORE INTO webhook SELECT ?, coalesce("
                    "(SELECT seq FROM sqlite_sequence WHERE name = 'notice'), 0)",
                    (hook.name,),
                )

    def round(self) -> Report:
        """Try all that is due once; does nothing where another process delivers."""
        report = Report()
        with self._alone() as alone:
            for hook in self._hooks if alone else ():
                report = _sum(report, self._deliver(hook))
        return report

    def _deliver(self, hook: Webhook) -> Report:
        delivered = failed = given_up = 0
        for number, event, at, content, attempts in self._due(hook):
            failure = self._try(hook, number, event, at, content)
            if not failure:
                delivered += 1
                self._note(hook, number, attempts + 1, _DELIVERED, "")
                continue
            last = attempts >= len(WAITS)
            given_up += last
            failed += not last
            self._note(hook, number, attempts + 1, _GIVEN_UP if last else "", failure)
            log.warning("webhook %s, notice %d, try %d: %s", hook.name, number, attempts + 1, failure)
            break  # who does not answer is not asked again in this round
        return Report(delivered, failed, given_up)

    def _due(self, hook: Webhook) -> list[tuple[int, str, str, dict[str, object], int]]:
        marks = ",".join("?" * len(hook.events))
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT notice.number, notice.event, notice.at, notice.contribution, notice.change,"  # noqa: S608
                " notice.content, coalesce(delivery.attempts, 0)"
                " FROM notice JOIN webhook ON webhook.name = ? AND notice.number > webhook.since"
                " LEFT JOIN delivery ON delivery.notice = notice.number AND delivery.webhook = webhook.name"
                f" WHERE notice.event IN ({marks})"
                " AND (delivery.notice IS NULL OR (delivery.outcome = '' AND delivery.next_attempt <= ?))"
                " ORDER BY notice.number LIMIT ?",
                (hook.name, *hook.events, self._text(), _MOST),
            ).fetchall()
        return [
            (number, event, at, self._content(contribution, change, content), attempts)
            for number, event, at, contribution, change, content, attempts in rows
        ]

    def _content(self, contribution: int | None, change: int | None, content: str) -> dict[str, object]:
        named: dict[str, object] = json.loads(content)
        if contribution is not None:
            named["contribution"] = contribution
        if change is not None:
            named["change"] = change
            named["change_iri"] = f"{self._base()}change/{change}"
        return named

    def _base(self) -> str:
        """Give the base of what is published, which may have been found in the sources."""
        try:
            return read_manifest(SnapshotFolder(self._state_dir).current()).base
        except PathwaysError:
            return self._settings.canonical_base

    def _try(self, hook: Webhook, number: int, event: str, at: str, content: dict[str, object]) -> str:
        """Send one message; gives what went wrong, in words, or nothing."""
        body = json.dumps({"type": event, "timestamp": at, "data": content}, ensure_ascii=False).encode()
        try:
            key = read_secret(hook, self._environment)
            headers = signed(key, f"notice-{number}", int(self._now().timestamp()), body)
            status = post(hook.url, body, headers, _status, seconds=SECONDS, networks=self._networks)
        except PathwaysError as error:
            return error.message
        except TimeoutError:
            return f"no answer within {SECONDS:g} seconds"
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            return str(error)[:200] or type(error).__name__
        if 200 <= status < 300:
            return ""
        return f"status {status}" + (" (redirects are not followed)" if 300 <= status < 400 else "")

    def _note(self, hook: Webhook, notice: int, attempts: int, outcome: str, failure: str) -> None:
        wait = WAITS[attempts - 1] if attempts <= len(WAITS) else 0
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO delivery VALUES (?,?,?,?,?,?)",
                (notice, hook.name, attempts, self._text(wait), outcome, failure),
            )

    def _text(self, seconds: float = 0) -> str:
        return (self._now() + timedelta(seconds=seconds)).isoformat(timespec="seconds")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        self._state_dir.mkdir(parents=True, exist_ok=True)
        with (self._state_dir / ".notify.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; what goes wrong is logged, and tried again."""
        registered = False
        while not stop.is_set():
            try:
                if not registered:
                    self.register()
                    registered = True
                self.round()
            except (PathwaysError, OSError) as error:
                log.warning("webhooks: %s", error)
            stop.wait(EVERY)


def deliveries(state_dir: Path) -> list[Delivery]:
    """List what has not arrived: what is still tried, and what was given up."""
    with Database(state_dir).reading() as connection:
        if connection is None:
            return []
        rows = connection.execute(
            "SELECT delivery.notice, delivery.webhook, notice.event, notice.at, delivery.attempts,"
            " delivery.next_attempt, delivery.outcome, delivery.failure"
            " FROM delivery JOIN notice ON notice.number = delivery.notice"
            " WHERE delivery.outcome != ? ORDER BY delivery.notice, delivery.webhook",
            (_DELIVERED,),
        ).fetchall()
    return [Delivery(*row) for row in rows]


def try_again(state_dir: Path) -> int:
    """Begin anew with what was given up or waits; gives how many messages that are."""
    with Database(state_dir).writing() as connection:
        cursor = connection.execute(
            "UPDATE delivery SET attempts = 0, next_attempt = '', outcome = '' WHERE outcome != ?",
            (_DELIVERED,),
        )
        return cursor.rowcount


def signed(key: bytes, message: str, moment: int, body: bytes) -> dict[str, str]:
    """Give the headers of a message: its id, the time of this try, the signature of both and the body."""
    digest = hmac.new(key, f"{message}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _status(response: http.client.HTTPResponse) -> int:
    response.read(1_000)  # politely, and no more
    return response.status


def _sum(left: Report, right: Report) -> Report:
    return Report(
        left.delivered + right.delivered, left.failed + right.failed, left.given_up + right.given_up
    )
