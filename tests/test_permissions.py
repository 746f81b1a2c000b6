"""Who may do what: every address that changes something, asked by everybody there is.

The table says who may. A route that is not in it fails the first test: decide who may, and write it down.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import BufferedClient
from maintenance import BASE, Site
from pathways_ld.ledger import Accounts, Sessions
from pathways_ld.ledger.database import FILE
from pathways_ld.settings import load_settings
from pathways_ld.web import bearer, create_app, form_tokens
from pathways_ld.web.responses import EXTENSION_KEY

BROWSERS = ("anonymous", "contributor", "reviewer", "administrator")
TOKENS = ("token update", "token graphs", "token submit", "token review")
EVERYBODY = frozenset(BROWSERS + TOKENS)
PEOPLE = frozenset(BROWSERS) | {"token submit", "token review"}
"""Those for whom a form is; a token for something else is refused, not taken for nobody."""
KEEPERS = frozenset({"contributor"})
REVIEWERS = frozenset({"reviewer", "administrator", "token review"})
ACCOUNTS = frozenset({"reviewer", "administrator"})
ADMINISTRATORS = frozenset({"administrator"})
"""They alone undo what was published where two have to agree (setting `four_eyes`), as here."""

REFUSED = frozenset({401, 403})
RIGHT = "correct horse battery"
TURTLE = f'<{BASE}one> <http://www.w3.org/2004/02/skos/core#altLabel> "%s"@en .'
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Route:
    """A way to change something. `allowed`: what those get who may, with `body` or `form`.

    `purpose` is that of its form's token, None where no token is needed because no cookie counts. `hidden`
    routes answer those who may not with 404.
    """

    may: frozenset[str]
    allowed: frozenset[int]
    form: dict[str, str] = field(default_factory=dict)
    purpose: str | None = "form"
    body: tuple[bytes, str] = (b"", "")
    hidden: bool = False
    query: str = ""


def _review(action: str, **form: str) -> dict[tuple[str, str], Route]:
    """A contribution that is not there: who may look is told so, and the others are not."""
    return {("POST", f"/review/<int:number>/{action}"): Route(REVIEWERS, frozenset({404}), form)}


_GRAPH = (TURTLE.replace("%s", "a").encode(), "text/turtle")
_UPDATE = (b"INSERT DATA {}", "application/sparql-update")
_WRITES_GRAPHS = Route(
    frozenset({"token graphs"}), frozenset({200, 201, 204, 404, 422}), purpose=None, body=_GRAPH
)

_MESSAGE = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
TABLE: dict[tuple[str, str], Route] = {
    # For everybody, because nothing is changed.
    ("POST", "/sparql"): Route(
        EVERYBODY, frozenset({200}), purpose=None, body=(b"ASK {}", "application/sparql-query")
    ),
    ("POST", "/mcp"): Route(EVERYBODY, frozenset({200}), purpose=None, body=(_MESSAGE, "application/json")),
    ("POST", "/lookup"): Route(EVERYBODY, frozenset({200}), {"text": "One"}, purpose=None),
    ("POST", "/reconcile"): Route(EVERYBODY, frozenset({200}), {"queries": "{}"}, purpose=None),
    ("POST", "/module"): Route(EVERYBODY, frozenset({200, 404, 406}), {"term": "one"}, purpose=None),
    ("POST", "/<path:vocabulary>/module"): Route(
        EVERYBODY, frozenset({200, 404, 406}), {"term": "one"}, purpose=None
    ),
    ("POST", "/language"): Route(EVERYBODY, frozenset({303}), {"language": "es"}, purpose=None),
    ("POST", "/validate"): Route(EVERYBODY, frozenset({200}), purpose=None, body=_GRAPH),
    # With a token for it only: a browser that is signed in cannot be made to.
    ("POST", "/update"): Route(frozenset({"token update"}), frozenset({200}), purpose=None, body=_UPDATE),
    ("PUT", "/graphs"): _WRITES_GRAPHS,
    ("POST", "/graphs"): _WRITES_GRAPHS,
    ("DELETE", "/graphs"): _WRITES_GRAPHS,
    ("PUT", "/graphs/<path:name>"): _WRITES_GRAPHS,
    ("POST", "/graphs/<path:name>"): _WRITES_GRAPHS,
    ("DELETE", "/graphs/<path:name>"): _WRITES_GRAPHS,
    # Signing in and out.
    ("POST", "/sign-in"): Route(
        PEOPLE, frozenset({303}), {"name": "ann", "password": RIGHT}, purpose="sign-in"
    ),
    ("POST", "/sign-out"): Route(PEOPLE, frozenset({303})),
    ("POST", "/account"): Route(ACCOUNTS, frozenset({303}), {"action": "end-others"}),
    # Contributing is for everybody.
    ("POST", "/contributions"): Route(
        PEOPLE,
        frozenset({200}),
        {"text": TURTLE % "form", "input_format": "turtle", "reason": "Because.", "dry-run": "yes"},
    ),
    ("POST", "/propose"): Route(EVERYBODY, frozenset({405}), purpose=None),
    ("POST", "/propose/<kind>"): Route(PEOPLE, frozenset({200, 422}), {"action": "check"}),
    ("POST", "/<path:local_id>/edit"): Route(PEOPLE, frozenset({200, 422}), {"action": "check"}),
    # Only who knows the key of a contribution knows that it is there.
    ("POST", "/contributions/<key>/comment"): Route(
        KEEPERS, frozenset({303}), {"text": "Hello."}, hidden=True
    ),
    ("POST", "/contributions/<key>/withdraw"): Route(KEEPERS, frozenset({303}), {"sure": "yes"}, hidden=True),
    # Reviewing.
    **_review("take"),
    **_review("release"),
    **_review("comment", note="Hello."),
    **_review("revise", added="", removed="", note="Hello.", seen="1"),
    **_review("approve", note="Hello.", seen="1"),
    **_review("accept", note="Hello.", seen="1"),
    **_review("reject", reason="No."),
    ("POST", "/review/changes/<int:number>/undo"): Route(
        ADMINISTRATORS, frozenset({404}), {"reason": "Wrong."}
    ),
}

READING = {
    "/account": ACCOUNTS,
    "/review": REVIEWERS,
    "/review/<int:number>": REVIEWERS,
    "/review/<int:number>/document": REVIEWERS,
    "/review/<int:number>/patch": REVIEWERS,
    "/review/<int:number>/preview": REVIEWERS,
    "/review/<path:rest>": REVIEWERS,
    "/review/changes/<int:number>": ADMINISTRATORS,
    "/review/contributions.atom": REVIEWERS,
}
"""Who may read what is not for everybody."""


class Town:
    """A site with somebody of every kind."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        # Approving is only where another accepts.
        self.site.app = create_app(replace(self.site.settings, four_eyes="on"))
        self.site.app.test_client_class = BufferedClient
        self.site.client = self.site.app.test_client()
        state = self.site.settings.state_dir
        accounts = Accounts(state)
        accounts.add("ann", RIGHT, display_name="Ann")
        accounts.add("adam", RIGHT, display_name="Adam", role="administrator")
        self.sessions = Sessions(state, idle=600, lifetime=600)
        self.tokens = {name: self.site.issue(name.split()[1], name=name) for name in TOKENS}
        self._contributed = 0
        self.before: dict[str, list[Any]] = {}
        """What the ledger held before the last request."""

    def client(self, who: str) -> FlaskClient:
        """Give a browser, or a program, of one of them."""
        client = self.site.app.test_client()
        if who in TOKENS:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens[who]}"
        elif who in ("reviewer", "administrator"):
            client.set_cookie("pathways", self.sessions.begin("ann" if who == "reviewer" else "adam"))
        return client

    def contribute(self) -> str:
        """Make a contribution; gives its key."""
        self._contributed += 1
        response = self.site.client.post(
            "/contributions",
            query_string={"reason": "Because it is so."},
            data=(TURTLE % f"name {self._contributed}").encode(),
            headers={**self.site.headers(self.tokens["token submit"]), "Content-Type": "text/turtle"},
        )
        assert response.status_code == 202, response.get_data(as_text=True)
        return response.headers["Location"].rpartition("/")[2]

    def form_token(self, client: FlaskClient, purpose: str) -> str:
        """Make a token as the page of a form for this browser would."""
        cookies = "; ".join(
            f"{name}={cookie.value}"
            for name in ("pathways", "pathways-form")
            if (cookie := client.get_cookie(name)) is not None
        )
        with self.site.app.test_request_context("/", headers={"Cookie": cookies}):
            return form_tokens.token(purpose)

    def kept(self) -> dict[str, list[Any]]:
        """Give all that the ledger holds and nobody but those who may can change."""
        tables = ("contribution", "step", "change", "account", "token", "notice", "export")
        with closing(sqlite3.connect(self.site.settings.state_dir / FILE)) as connection:
            rows = {each: connection.execute(f"SELECT * FROM {each}").fetchall() for each in tables}  # noqa: S608 - ours
            rows["session"] = connection.execute("SELECT key FROM session ORDER BY key").fetchall()
        return rows


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = Town(tmp_path_factory.mktemp("town"))
    yield made
    made.site.close()


@pytest.fixture(autouse=True)
def no_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearer, "_FAILURES", bearer.Failures())


def writing_routes() -> set[tuple[str, str]]:
    """Give every route of the server with each method that changes something; of several names, the first."""
    app = create_app(load_settings(environment={}))
    return {
        (method, re.sub(r'<any\("([^"]+)"[^>]*>', r"\1", rule.rule).rstrip("/"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }


def address(rule: str, *, key: str = "unknown-key-unknown-key") -> str:
    given = {"number": "999999", "key": key, "kind": "concept", "local_id": "one", "name": "x", "rest": "x/y"}
    given["vocabulary"] = "scheme"
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: given[found[1]], rule)


def ask(town: Town, who: str, method: str, rule: str, route: Route, *, with_token: bool) -> TestResponse:
    """Send what the route takes, as one of them."""
    client = town.client(who)
    key = town.contribute() if who in route.may and route.hidden else "unknown-key-unknown-key"
    if route.form and who in BROWSERS:
        assert (
            client.get("/sign-in" if who in ("anonymous", "contributor") else "/account").status_code == 200
        )
    form = dict(route.form)
    if with_token and route.purpose is not None and who in BROWSERS:
        client.get("/sign-in")  # which gives a browser its cookie
        form["csrf"] = town.form_token(client, route.purpose)
    body, content_type = route.body
    town.before = town.kept()
    target = address(rule, key=key) + ("?default" if rule == "/graphs" else "")
    if body or content_type:
        return client.open(target, method=method, data=body, content_type=content_type)
    return client.open(
        target, method=method, data=form or b"", content_type=FORM, headers={"Accept": "text/html"}
    )


# writing


def test_every_route_that_changes_something_is_in_the_table() -> None:
    found = writing_routes()
    undecided = found - TABLE.keys()
    assert not undecided, f"decide who may, and write it into TABLE: {sorted(undecided)}"
    assert not TABLE.keys() - found, "the table has routes that there are not"


CASES = [
    pytest.param(method, rule, who, id=f"{method} {rule} {who}")
    for (method, rule) in TABLE
    for who in (*BROWSERS, *TOKENS)
]


@pytest.mark.parametrize(("method", "rule", "who"), CASES)
def test_only_those_who_may_can_change_something(town: Town, method: str, rule: str, who: str) -> None:
    route = TABLE[method, rule]
    response = ask(town, who, method, rule, route, with_token=True)
    if who in route.may:
        assert response.status_code in route.allowed, response.get_data(as_text=True)
    else:
        assert response.status_code in (REFUSED | ({404} if route.hidden else set()))
        assert town.kept() == town.before


@pytest.mark.parametrize(
    ("method", "rule", "who"),
    [each for each in CASES if TABLE[each.values[0], each.values[1]].purpose and each.values[2] in BROWSERS],  # type: ignore[index]
)
def test_no_browser_can_be_made_to_change_something(town: Town, method: str, rule: str, who: str) -> None:
    """Without the token of a form: what another site's page could make a browser send."""
    route = TABLE[method, rule]
    response = ask(town, who, method, rule, route, with_token=False)
    assert response.status_code in REFUSED
    assert town.kept() == town.before


# reading


def private_routes() -> set[str]:
    app = create_app(load_settings(environment={}))
    return {
        rule.rule.rstrip("/")
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and re.match(r"/(?:review|account)\b", rule.rule)
    }


def test_every_page_that_is_not_for_everybody_is_in_the_table() -> None:
    assert private_routes() == READING.keys()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("who", [*BROWSERS, *TOKENS])
@pytest.mark.parametrize("rule", list(READING))
def test_only_those_who_may_can_read_what_is_not_for_everybody(
    town: Town, rule: str, who: str, method: str
) -> None:
    client = town.client(who)
    response = client.open(address(rule), method=method, headers={"Accept": "application/json"})
    page = client.open(address(rule), method=method, headers={"Accept": "text/html"})
    if who in READING[rule]:
        assert response.status_code not in REFUSED
        assert page.status_code in (200, 404)
    else:
        unknown = who in BROWSERS and who not in ACCOUNTS
        assert response.status_code == (401 if unknown else 403)
        assert page.status_code == (303 if unknown else 403)
        if unknown:
            assert page.headers["Location"].startswith("/sign-in?next=")
    for each in (response, page):
        assert each.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in each.headers


# ways around


@pytest.mark.parametrize(
    "path",
    [
        "/review/", "/review/999999/", "//review", "/review//999999", "/%72eview", "/review%2F999999", "/REVIEW",
        "/./review", "/review/.", "/one/../review", "/review;a=b", "/review?x", "/review.html", "/review/1.json",
        "/account/", "//account", "/review/changes/1/undo/", "/review/changes/1/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_no_other_way_to_write_an_address_leads_around(town: Town, path: str, method: str) -> None:
    before = town.kept()
    written, _, query = path.partition("?")
    for headers in (
        {"Accept": "application/json"},
        {"Accept": "application/json", "X-HTTP-Method-Override": "POST"},
    ):
        response = town.client("anonymous").open(
            "/",
            method=method,
            headers=headers,
            query_string=query,
            # As a server gives it: the client of the tests would take // for a host, and solve the dots.
            environ_overrides={"PATH_INFO": unquote(written)},
        )
        assert response.status_code in (301, 400, 401, 403, 404, 405), response.get_data(as_text=True)
    assert town.kept() == before


@pytest.mark.parametrize("rule", ["/sign-out", "/account", "/contributions", "/review/<int:number>/accept"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://example.net"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=["cross-site", "origin", "sandboxed"],
)
def test_a_page_of_another_site_changes_nothing_even_with_a_token(
    town: Town, rule: str, headers: dict[str, str]
) -> None:
    client = town.client("administrator")
    client.get("/account")
    form = {**TABLE["POST", rule].form, "csrf": town.form_token(client, "form")}
    before = town.kept()
    response = client.post(address(rule), data=form, headers={**headers, "Accept": "text/html"})
    assert response.status_code == 403
    assert town.kept() == before


def test_what_is_turned_off_is_off_for_everybody(town: Town) -> None:
    app = create_app(replace(town.site.settings, contributions="off"))
    client = app.test_client()
    for who in ("token submit", "token review"):
        response = client.post(
            "/contributions?reason=x",
            data=(TURTLE % "x").encode(),
            headers={"Authorization": f"Bearer {town.tokens[who]}", "Content-Type": "text/turtle"},
        )
        assert response.status_code == 403
    app.extensions[EXTENSION_KEY].current.close()
