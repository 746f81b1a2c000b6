"""What ``/review`` and the addresses below it offer to programs of reviewers."""

from __future__ import annotations

from typing import Final

from pathways_ld.formats import HTML, JSON
from pathways_ld.web import differences, schemas
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation, Parameter
from pathways_ld.web.listings import PAGE
from pathways_ld.web.parts import FORMS
from pathways_ld.web.review import LARGEST_NUMBER, MAX_WORDS, PATH, STATES, WHO

CHANGES: Final = f"{PATH}/changes"
FIELDS: Final = frozenset({"note", "private", "reason", "seen", "added", "removed"})
"""What the forms of reviewers have."""

_CONTRIBUTION: Final = {
    "number": schemas.COUNT,
    "url": schemas.ADDRESS,
    "state": schemas.STRING,
    "received": schemas.STRING,
    "title": schemas.STRING,
    "reason": schemas.STRING,
    "change": schemas.maybe(schemas.ADDRESS),
}
NUMBER: Final = Parameter(
    "number", "path", "The number of the contribution.", schemas.number(0, LARGEST_NUMBER), example=1
)

_QUEUE: Final = (
    Operation(
        "GET",
        PATH,
        "listContributions",
        "What waits for a decision, the oldest first",
        "Contributions",
        (
            Parameter(
                "state", "query", "The state it is in.", schemas.one_of(STATES) | {"default": STATES[0]}
            ),
            Parameter("kind", "query", "The kind of the term it is about.", schemas.KIND),
            Parameter("who", "query", "Whose it is.", schemas.one_of(WHO)),
            Parameter("q", "query", "Words to look for.", {"type": "string", "maxLength": MAX_WORDS}),
            PAGE,
            schemas.media_type((JSON, HTML)),
        ),
        answers=(
            schemas.json_answer(
                "The contributions",
                schemas.pages(
                    counts=schemas.table(schemas.COUNT),
                    contributions=schemas.array(schemas.record(_CONTRIBUTION)),
                ),
                page=True,
            ),
        ),
        security=("token",),
    ),
    Operation(
        "GET",
        f"{PATH}/{{number}}",
        "reviewContribution",
        "One contribution, held against what is published now",
        "Contributions",
        (NUMBER, schemas.media_type((JSON, HTML))),
        answers=(
            schemas.json_answer(
                "All there is to know of it",
                schemas.record(
                    {
                        **_CONTRIBUTION,
                        "added": schemas.array(schemas.STRING),
                        "removed": schemas.array(schemas.STRING),
                    }
                ),
                page=True,
            ),
        ),
        security=("token",),
    ),
    Operation(
        "GET",
        f"{PATH}/{{number}}/document",
        "getDocument",
        "The document as it was sent",
        "Contributions",
        (NUMBER,),
        answers=(Answer(200, "The file", {"text/plain": TEXT, "application/octet-stream": schemas.ANY}),),
        security=("token",),
    ),
    Operation(
        "GET",
        f"{PATH}/{{number}}/patch",
        "getPatch",
        "What is proposed, as an RDF patch",
        "Contributions",
        (NUMBER,),
        answers=(Answer(200, "RDF Patch", {differences.PATCH.media_type: TEXT}),),
        security=("token",),
    ),
)


_FORM: Final = Body(
    dict.fromkeys(FORMS, schemas.record({}, dict.fromkeys(sorted(FIELDS), schemas.STRING))),
    "A form; `seen` is the number that was read with the contribution.",
    required=False,
)
_REFUSED: Final = (
    Answer(303, "To a browser: the page of the contribution"),
    Answer(409, "It is decided already, or not what was seen"),
    Answer(422, "What it would lead to breaks a rule; nothing was changed"),
)
_ACTIONS: Final = {
    "take": "Take a contribution into review",
    "release": "Give a contribution back to the queue",
    "comment": "Write to the contributor, or with private to the other reviewers",
    "revise": "Change what is proposed",
    "approve": "Find a contribution right, as the first of two reviewers",
    "accept": "Publish a contribution",
    "reject": "Reject a contribution",
}

OPERATIONS: Final = (
    *_QUEUE,
    *(
        Operation(
            "POST",
            f"{PATH}/{{number}}/{action}",
            f"{action}Contribution",
            summary,
            "Contributions",
            (NUMBER,),
            _FORM,
            (
                schemas.json_answer(
                    "It is done",
                    schemas.record({"number": schemas.COUNT, "state": schemas.STRING}),
                    page=True,
                ),
                *_REFUSED,
            ),
            security=("token",),
        )
        for action, summary in _ACTIONS.items()
    ),
    Operation(
        "POST",
        f"{CHANGES}/{{number}}/undo",
        "undoChange",
        "Publish the reverse of a change",
        "History",
        (NUMBER,),
        _FORM,
        (
            schemas.json_answer("It is published", schemas.record({"snapshot": schemas.STRING}), page=True),
            *_REFUSED,
        ),
        security=("token",),
    ),
)
