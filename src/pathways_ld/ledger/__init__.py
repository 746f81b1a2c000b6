"""The ledger: accepted changes and the tokens of those who may make them.

It is the only state that changes, and besides the source files the only thing to back up: a snapshot can
always be rebuilt from both. One SQLite file, ``ledger.sqlite`` in the state directory.
"""

from pathways_ld.ledger.changes import Change, Delta, Ledger, replay
from pathways_ld.ledger.tokens import SCOPES, IssuedToken, Token, Tokens

__all__ = ["SCOPES", "Change", "Delta", "IssuedToken", "Ledger", "Token", "Tokens", "replay"]
