"""The one way in: limits, policy, validation, and then stored whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pathways_ld.contributions import notices, provenance
from pathways_ld.contributions.examining import Examiner, refuse_invalid
from pathways_ld.contributions.model import Contributor, Examination, Receipt, Submission
from pathways_ld.contributions.published import BySubject, Published, by_subject
from pathways_ld.contributions.reading import normalised
from pathways_ld.contributions.stored import CONTRIBUTOR
from pathways_ld.contributions.texts import clean_contributor, clean_text
from pathways_ld.errors import BadRequest, Forbidden, Overloaded, PayloadTooLarge, TooManyRequests
from pathways_ld.ledger import Delta, secret_key
from pathways_ld.ledger import contributions as table
from pathways_ld.ledger.database import Database
from pathways_ld.rdfio import graph_line, is_blank, is_iri
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder

_TWIN: Final = timedelta(minutes=10)
"""For how long the same content sent again by the same client is the same contribution."""
_WINDOWS: Final = (("contributions_per_hour", 3_600, "an hour"), ("contributions_per_day", 86_400, "a day"))
_FORGOTTEN: Final = timedelta(days=2)
_FULL: Final = 3_600
"""Seconds after which to try again where too many contributions wait for a decision."""
_KEY_BYTES: Final = 24
_SHOWN_TITLE: Final = 200


@dataclass(frozen=True)
class Subject:
    """What a contribution is about: the IRI of a term (empty for several), its kind, and a title."""

    term: str
    kind: str
    title: str


class Submitting:
    """Takes contributions."""

    def __init__(self, settings: Settings, examiner: Examiner) -> None:
        self._settings = settings
        self._examiner = examiner
        self._database = Database(settings.state_dir)
        self._snapshots = SnapshotFolder(settings.state_dir)

    def submit(self, submission: Submission) -> Receipt:
        """Store a contribution; raises what :meth:`Contributions.submit` says."""
        self._admit(submission)
        contributor, reason = self._texts(submission)
        if len(submission.document) > self._settings.contribution_size:
            raise PayloadTooLarge(
                f"The document has {len(submission.document):,} bytes; at most"
                f" {self._settings.contribution_size:,} can be contributed at once."
            )
        client, digest = self._client(submission), _digest(submission, contributor, reason)
        with self._database.writing() as connection:
            receipt = self._twin(connection, client, digest)
            if receipt is not None:
                return receipt
            self._refuse_too_many(connection, submission, client)
        with self._examiner.open(self._snapshots.current()) as published:
            delta = normalised(submission.delta, published, self._examiner.bounds)
            self._refuse_nothing(submission, delta, reason)
            report = self._examiner.report(delta, published)
            refuse_invalid(Examination(report))
            subject = subject_of(delta, published, submission.term)
            base_change = published.manifest.change
            if submission.base_change is not None and 0 <= submission.base_change < base_change:
                base_change = submission.base_change
        new = table.NewContribution(
            key=b"",
            at=table.now(),
            way=submission.way,
            term=subject.term,
            kind=subject.kind,
            title=subject.title,
            reason=reason,
            name=contributor.name,
            contact=contributor.contact,
            named=contributor.named,
            client=client,
            digest=digest,
            document=submission.document,
            media_type=submission.media_type[:100],
            base_change=base_change,
            delta=delta,
            actor=submission.actor or CONTRIBUTOR,
        )
        return self._store(new, submission, contributor)

    def twin(self, submission: Submission) -> Receipt | None:
        """Give the receipt of the same contribution, if it came a moment ago."""
        contributor, reason = self._texts(submission)
        digest = _digest(submission, contributor, reason)
        with self._database.writing() as connection:
            return self._twin(connection, self._client(submission), digest)

    def _store(self, new: table.NewContribution, submission: Submission, contributor: Contributor) -> Receipt:
        secret_key(self._settings.state_dir, _KEYS)  # made before the transaction, which holds the ledger
        with self._database.writing() as connection:
            receipt = self._twin(connection, new.client, new.digest)
            if receipt is not None:
                return receipt
            self._refuse_too_many(connection, submission, new.client)
            key = self._key(table.next_number(connection), new.at)
            stored = table.NewContribution(**(vars(new) | {"key": table.digest_of_key(key)}))
            number = table.insert(connection, stored)
            forgotten = datetime.now(UTC) - _FORGOTTEN
            table.forget_clients(connection, forgotten.isoformat(timespec="microseconds"))
            name, orcid = provenance.published(contributor)
            content = {"title": new.title, "term": new.term, "kind": new.kind, "way": new.way}
            content |= {"reason": new.reason, "name": name, "orcid": orcid}
            notices.record(connection, "contribution.received", number, None, content)
        return Receipt(number, key)

    def _admit(self, submission: Submission) -> None:
        mode = self._settings.contributions
        if mode == "off":
            raise Forbidden("Contributions are not taken here at present; nothing was stored.")
        if mode == "tokens" and not submission.trusted:
            raise Forbidden(
                "Only who has an account or a token may contribute here; nothing was stored. Ask the"
                " maintainers for one."
            )
        given = submission.contributor.name.strip() or submission.contributor.contact.strip()
        if mode == "named" and not submission.trusted and not given:
            told = (
                "Contributions need a name, an ORCID iD or an e-mail address here, so that one can ask back."
            )
            raise BadRequest(told, details={"fields": {"name": told}})

    def _texts(self, submission: Submission) -> tuple[Contributor, str]:
        contributor, problems = clean_contributor(submission.contributor)
        reason = ""
        try:
            reason = clean_text(submission.reason, "reason", required=True)
        except BadRequest as error:
            problems["reason"] = error.message
        if problems:
            raise BadRequest(" ".join(problems.values()), details={"fields": problems})
        return contributor, reason

    def _refuse_nothing(self, submission: Submission, delta: Delta, reason: str) -> None:
        if delta.added or delta.removed:
            return
        sent = submission.delta.added or submission.delta.removed
        if submission.way == "form" and reason and not sent:
            return  # a message, in words
        raise BadRequest(
            "There is nothing in this contribution that is not published already; nothing was stored."
            if sent
            else "There is nothing in this contribution; expected statements to add or to remove."
        )

    # bounds

    def _client(self, submission: Submission) -> bytes:
        name = f"trusted:{submission.actor}" if submission.trusted else f"client:{submission.client}"
        key = secret_key(self._settings.state_dir, _CLIENTS)
        return hmac.digest(key, name.encode("utf-8", "replace"), "sha256")

    def _refuse_too_many(self, connection: sqlite3.Connection, submission: Submission, client: bytes) -> None:
        found = table.counts(connection)
        waiting = found.get("received", 0) + found.get("in review", 0)
        if waiting >= self._settings.contributions_open:
            raise Overloaded(
                f"{waiting} contributions wait for a decision, and no more are taken until some are decided."
                " Nothing was stored; keep yours and send it later.",
                retry_after=_FULL,
            )
        if submission.trusted:
            return
        now = datetime.now(UTC)
        for setting, seconds, words in _WINDOWS:
            most = getattr(self._settings, setting)
            since = (now - timedelta(seconds=seconds)).isoformat(timespec="microseconds")
            times = table.times_of(connection, client, since) if most else []
            if most and len(times) >= most:
                free = datetime.fromisoformat(times[-most]) + timedelta(seconds=seconds)
                raise TooManyRequests(
                    f"{len(times)} contributions came from here within {words}; at most {most} are taken."
                    " Nothing was stored; keep yours and send it later.",
                    retry_after=max(1, int((free - now).total_seconds()) + 1),
                )

    def _twin(self, connection: sqlite3.Connection, client: bytes, digest: bytes) -> Receipt | None:
        since = (datetime.now(UTC) - _TWIN).isoformat(timespec="microseconds")
        found = table.twin(connection, client, digest, since)
        return Receipt(found[0], self._key(*found)) if found else None

    def _key(self, number: int, at: str) -> str:
        """Give the key of a contribution: unguessable, and the same when the same is sent twice."""
        secret = secret_key(self._settings.state_dir, _KEYS)
        digest = hmac.digest(secret, f"{number}:{at}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:_KEY_BYTES]).decode()


_KEYS: Final = "contribution-keys"
_CLIENTS: Final = "contribution-clients"


def subject_of(delta: Delta, published: Published, term: str = "") -> Subject:
    """Tell what a contribution is about."""
    added = by_subject(delta.added)
    touched = [each.subject[1:-1] for each in (*delta.added, *delta.removed) if is_iri(each.subject)]
    documents = list(dict.fromkeys(published.document(iri) for iri in touched))
    named = published.document(term)
    if named in documents or (not touched and published.about(f"<{named}>")):
        documents = [named]
    if len(documents) != 1:
        # What it is about stands before the sources that it brings.
        order = {kind.name: place for place, kind in enumerate(published.manifest.kinds)}
        kinds = {iri: _kind_of(f"<{iri}>", published, added) for iri in documents}
        documents.sort(key=lambda iri: order.get(kinds[iri], len(order)))
        names = [published.label(f"<{each}>", added) for each in documents[:3]]
        more = f" and {len(documents) - 3} more" if len(documents) > 3 else ""
        return Subject("", "", (", ".join(names) + more)[:_SHOWN_TITLE] if names else "A message")
    subject = f"<{documents[0]}>"
    kind = _kind_of(subject, published, added)
    return Subject(documents[0], kind, published.label(subject, added)[:_SHOWN_TITLE])


def _kind_of(subject: str, published: Published, added: BySubject) -> str:
    return published.kind_of([*published.about(subject), *added.get(subject, ())])


def _digest(submission: Submission, contributor: Contributor, reason: str) -> bytes:
    """Give what is the same in two submissions of the same; blank nodes have no names that count."""
    lines = [
        sign
        + graph_line(
            each._replace(
                subject="_" if is_blank(each.subject) else each.subject,
                object="_" if is_blank(each.object) else each.object,
            )
        )
        for sign, said in (("+", submission.delta.added), ("-", submission.delta.removed))
        for each in said
    ]
    parts = [
        reason,
        contributor.name,
        contributor.contact,
        contributor.named,
        submission.way,
        submission.term,
    ]
    text = json.dumps([parts, sorted(lines)], ensure_ascii=True)
    return hashlib.sha256(text.encode() + b"\0" + submission.document).digest()
