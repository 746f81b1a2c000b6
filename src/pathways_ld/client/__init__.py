"""A vocabulary from Python: terms, labels, search, reconciliation and SPARQL, online and offline.

    from pathways_ld.client import Vocabulary

    vocabulary = Vocabulary("http://127.0.0.1:8000")
    for found in vocabulary.search("apprenticeship"):
        print(found.iri, found.label())

Importing this loads `requests` and nothing else that is not in Python itself; what offline use needs (the
parser, the index) is loaded by :meth:`Vocabulary.offline`. The functions and their answers are the same.
"""

from pathways_ld.client.downloads import download
from pathways_ld.client.exchange import Bounds
from pathways_ld.client.failures import AnswerUnusable, ClientError, NotFound, Problem, Unreachable
from pathways_ld.client.model import (
    Candidate,
    Entity,
    Found,
    LookedUp,
    Match,
    Suggestion,
    Term,
)
from pathways_ld.client.values import Blank, Iri, Text, Triple, Typed
from pathways_ld.client.vocabulary import Vocabulary

__all__ = [
    "AnswerUnusable",
    "Blank",
    "Bounds",
    "Candidate",
    "ClientError",
    "Entity",
    "Found",
    "Iri",
    "LookedUp",
    "Match",
    "NotFound",
    "Problem",
    "Suggestion",
    "Term",
    "Text",
    "Triple",
    "Typed",
    "Unreachable",
    "Vocabulary",
    "download",
]
