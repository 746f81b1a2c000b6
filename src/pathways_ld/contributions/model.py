"""What a contribution is: who proposes what, why, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from pathways_ld.ledger import Delta
from pathways_ld.model import Link, PageView
from pathways_ld.rdfio import Statement
from pathways_ld.report import ValidationReport

State = Literal["received", "in review", "accepted", "rejected", "withdrawn"]
STATES: Final[tuple[State, ...]] = ("received", "in review", "accepted", "rejected", "withdrawn")
OPEN: Final[frozenset[State]] = frozenset({"received", "in review"})
"""The states in which something can still be decided."""

Way = Literal["form", "rdf", "table", "command"]
"""How a contribution came."""

Action = Literal[
    "submit",
    "take",
    "release",
    "comment",
    "note",
    "answer",
    "revise",
    "approve",
    "accept",
    "reject",
    "withdraw",
]
"""What a step is. A comment is for the contributor too, a note for reviewers only."""

PRIVATE: Final[frozenset[Action]] = frozenset({"note", "approve", "take", "release"})
"""The steps that a contributor is not shown."""


@dataclass(frozen=True)
class Contributor:
    """Who contributes, as far as they said.

    `contact` is an e-mail address, which is never published, or an ORCID IRI; `named`: name and ORCID may be
    published with the change.
    """

    name: str = ""
    contact: str = ""
    named: bool = False


@dataclass(frozen=True)
class Submission:
    """What is to be submitted.

    `delta` is against the asserted statements; `term` is the IRI of what it is about, empty where it is about
    several; `document` is what was sent, byte for byte, in `media_type`; `client` names who asks, for limits;
    `trusted`: a token or an account, for which they do not hold, and `actor` is its name; `base_change` is
    the last change that the contributor saw, None for the last there is. Without anything to change, a
    `reason` that came by a form is a message.
    """

    delta: Delta
    reason: str
    way: Way
    term: str = ""
    contributor: Contributor = field(default_factory=Contributor)
    document: bytes = b""
    media_type: str = ""
    client: str = ""
    trusted: bool = False
    actor: str = ""
    base_change: int | None = None


@dataclass(frozen=True)
class Receipt:
    """What the contributor gets: `key` is the unguessable part of the address of the status page."""

    number: int
    key: str


@dataclass(frozen=True)
class Step:
    """Something that happened to a contribution; `at` is in UTC, ISO 8601.

    `delta` is what was proposed from then on, where that changed.
    """

    number: int
    at: str
    actor: str
    action: Action
    note: str
    delta: Delta | None = None


@dataclass(frozen=True)
class Contribution:
    """A contribution as it stands.

    `base_change` is the last change there was when it was made or revised; `change` is the one it became.
    `kind` is that of `term`. `seen` stands for all that a decision rests on: who accepts gives it back.
    """

    number: int
    at: str
    way: Way
    term: str
    title: str
    reason: str
    contributor: Contributor
    base_change: int
    delta: Delta
    state: State
    reviewer: str
    change: int | None
    steps: tuple[Step, ...] = ()
    kind: str = ""
    seen: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something can still be decided."""
        return self.state in OPEN

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Who approved what is proposed now; an approval of what was proposed before does not count."""
        names: dict[str, None] = {}
        for each in self.steps:
            if each.action in ("submit", "revise"):
                names.clear()
            elif each.action == "approve":
                names[each.actor] = None
        return tuple(names)


@dataclass(frozen=True)
class Duplicate:
    """A term that what is new may be the same as, and why we think so, in words."""

    link: Link
    kind: str
    why: str


@dataclass(frozen=True)
class Difference:
    """What a contribution does to one term: `heading` is the property in words, `text` the value in words."""

    sign: Literal["+", "-"]
    heading: str
    text: str
    lang: str
    statement: Statement


@dataclass(frozen=True)
class TermChange:
    """All differences of one term; `is_new`: there is no such term yet.

    `before` and `after` are page views, None where there is no page.
    """

    link: Link
    is_new: bool
    differences: tuple[Difference, ...]
    before: PageView | None
    after: PageView | None


@dataclass(frozen=True)
class Examination:
    """What is known of a proposal before anybody decides.

    The report, likely duplicates, what it changes, and in words where its terms changed since it was made.
    """

    report: ValidationReport
    duplicates: tuple[Duplicate, ...] = ()
    changes: tuple[TermChange, ...] = ()
    conflicts: tuple[str, ...] = ()
