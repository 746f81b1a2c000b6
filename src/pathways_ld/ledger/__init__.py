"""The ledger: accepted changes and the tokens of those who may make them.

It is the only state that changes, and besides the source files the only thing to back up: a snapshot can
always be rebuilt from both. One SQLite file, ``ledger.sqlite`` in the state directory.
"""

from pathways_ld.ledger.accounts import ROLES, Account, Accounts
from pathways_ld.ledger.changes import Change, Delta, Ledger
from pathways_ld.ledger.exports import Export, Exports
from pathways_ld.ledger.keys import secret_key
from pathways_ld.ledger.replaying import last_told, replay, replay_ledger
from pathways_ld.ledger.sessions import Session, Sessions
from pathways_ld.ledger.spent import spend
from pathways_ld.ledger.tokens import SCOPES, IssuedToken, Token, Tokens

__all__ = [
    "ROLES",
    "SCOPES",
    "Account",
    "Accounts",
    "Change",
    "Delta",
    "Export",
    "Exports",
    "IssuedToken",
    "Ledger",
    "Session",
    "Sessions",
    "Token",
    "Tokens",
    "last_told",
    "replay",
    "replay_ledger",
    "secret_key",
    "spend",
]
