"""Signing in as browsers do: cookies, forms that cannot be forged, and what others must not see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import BufferedClient
from maintenance import Site
from pathways_ld.ledger import Accounts, Sessions, passwords
from pathways_ld.web import bearer, create_app, form_tokens
from pathways_ld.web.gateway import Gateway
from pathways_ld.web.interface_language import COOKIE
from pathways_ld.web.responses import EXTENSION_KEY
from pathways_ld.web.signed_in import actor, csrf_field, protect_form, require_role
from problems import assert_problem

RIGHT = "correct horse battery"
HTTPS = "https://localhost"
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    add_pages(made.app)
    accounts = Accounts(made.settings.state_dir)
    accounts.add("ann", RIGHT, display_name="Ann <b>Author</b>")
    accounts.add("adam", RIGHT, display_name="Adam", role="administrator")
    yield made
    made.close()


def add_pages(app: Flask) -> None:
    """Add pages that do nothing but what this is about."""

    def who() -> Response:
        found = actor()
        said = {"name": found.name, "role": found.role, "via": found.via, "trusted": found.trusted}
        return Response(json.dumps(said), content_type="application/json")

    def form() -> Response:
        return Response(csrf_field(), content_type="text/html")

    def act() -> str:
        protect_form()
        return "done"

    def once() -> str:
        protect_form(once=True)
        return "done"

    def reviewers() -> str:
        return require_role("reviewer").name

    def administrators() -> str:
        return require_role("administrator").name

    methods = ["GET", "POST"]
    app.add_url_rule("/test/who", view_func=who, methods=methods)
    app.add_url_rule("/test/form", view_func=form)
    app.add_url_rule("/test/act", view_func=act, methods=["POST"])
    app.add_url_rule("/test/once", view_func=once, methods=["POST"])
    app.add_url_rule("/test/reviewers", view_func=reviewers, methods=methods)
    app.add_url_rule("/test/administrators", view_func=administrators, methods=methods)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", weak)
    passwords._nobodys.cache_clear()
    monkeypatch.setattr(bearer, "_FAILURES", bearer.Failures())


@pytest.fixture
def client(site: Site, request: pytest.FixtureRequest) -> FlaskClient:
    """A browser without cookies, at an address of its own."""
    made = site.app.test_client()
    made.environ_base["REMOTE_ADDR"] = address_of(request.node.name)
    return made


def address_of(text: str) -> str:
    number = sum(ord(char) * (index + 1) for index, char in enumerate(text)) % 65_000
    return f"10.0.{number // 250}.{number % 250}"


def token_in(response: TestResponse, purpose: str = "") -> str:
    page = response.get_data(as_text=True)
    form = page[page.index(f'action="{purpose}"') :] if purpose else page
    found = re.search(r'name="csrf" value="([A-Za-z0-9_-]+)"', form)
    assert found is not None, form[:500]
    return found[1]


def sign_in(client: FlaskClient, name: str = "ann", tried: str = RIGHT, **fields: str) -> TestResponse:
    page = client.get("/sign-in")
    assert page.status_code == 200
    form = {"csrf": token_in(page, "/sign-in"), "name": name, "password": tried, **fields}
    return client.post("/sign-in", data=form)


def signed_in(client: FlaskClient, name: str = "ann") -> FlaskClient:
    response = sign_in(client, name)
    assert response.status_code == 303, response.get_data(as_text=True)
    return client


def who(client: FlaskClient, **headers: str) -> dict[str, object]:
    found = client.get("/test/who", headers=headers).json
    assert isinstance(found, dict)
    return found


def cookie_in(response: TestResponse, name: str) -> dict[str, str]:
    for line in response.headers.getlist("Set-Cookie"):
        first, *rest = line.split("; ")
        if first.startswith(f"{name}="):
            return {"value": first.partition("=")[2], **dict(each.partition("=")[::2] for each in rest)}
    raise AssertionError(f"no cookie {name} in {response.headers}")


def key_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("pathways")
    assert cookie is not None
    return str(cookie.value)


# signing in and out


def test_who_signs_in_is_known_until_they_sign_out(client: FlaskClient) -> None:
    assert who(client) == {"name": "", "role": "anonymous", "via": "", "trusted": False}
    response = sign_in(client)
    assert (response.status_code, response.headers["Location"]) == (303, "/review")
    assert who(client) == {"name": "ann", "role": "reviewer", "via": "session", "trusted": True}
    page = client.get("/account")
    assert "Signed in as" in page.text
    key = key_of(client)
    left = client.post("/sign-out", data={"csrf": token_in(page, "/sign-out")})
    assert (left.status_code, left.headers["Location"]) == (303, "/")
    assert who(client)["via"] == ""
    client.set_cookie("pathways", key)
    assert who(client)["via"] == ""  # it has ended here as well, not only there


def test_the_cookie_is_for_this_host_and_no_script(client: FlaskClient) -> None:
    cookie = cookie_in(sign_in(client), "pathways")
    assert len(cookie.pop("value")) == 43
    assert cookie == {"HttpOnly": "", "Path": "/", "SameSite": "Lax"}


def test_over_https_the_cookies_are_secure_and_of_this_host_only(site: Site, client: FlaskClient) -> None:
    page = client.get("/sign-in", base_url=HTTPS)
    visitor = cookie_in(page, "__Host-pathways-form")
    form = {"csrf": token_in(page, "/sign-in"), "name": "ann", "password": RIGHT}
    response = client.post("/sign-in", data=form, base_url=HTTPS)
    for cookie in (visitor, cookie_in(response, "__Host-pathways")):
        assert {"Secure", "HttpOnly"} < set(cookie)
        assert (cookie["Path"], cookie["SameSite"]) == ("/", "Lax")
        assert "Domain" not in cookie
    assert client.get("/test/who", base_url=HTTPS).json["name"] == "ann"  # type: ignore[index]
    # A cookie without the prefix could come from a neighbour.
    stranger = site.app.test_client()
    key = Sessions(site.settings.state_dir, idle=600, lifetime=600).begin("ann")
    stranger.set_cookie("pathways", key)
    assert stranger.get("/test/who", base_url=HTTPS).json["via"] == ""  # type: ignore[index]


@pytest.mark.parametrize(
    ("proxies", "header", "sent", "secure"),
    [
        ("10.0.0.0/8", "X-Forwarded-For", {"X-Forwarded-Proto": "https"}, True),
        ("10.0.0.0/8", "X-Forwarded-For", {"X-Forwarded-Proto": "https, http"}, False),
        ("10.0.0.0/8", "X-Forwarded-For", {"X-Forwarded-Proto": "gopher"}, False),
        ("10.0.0.0/8", "X-Forwarded-For", {"Forwarded": "for=192.0.2.1;proto=https"}, False),
        ("10.0.0.0/8", "Forwarded", {"Forwarded": "for=192.0.2.1;proto=https"}, True),
        ("10.0.0.0/8", "Forwarded", {"X-Forwarded-Proto": "https"}, False),
        ("192.0.2.9", "X-Forwarded-For", {"X-Forwarded-Proto": "https"}, False),
        ("", "X-Forwarded-For", {"X-Forwarded-Proto": "https"}, False),
    ],
    ids=["trusted", "last-hop", "nonsense", "other-header", "forwarded", "not-forwarded", "stranger", "none"],
)
def test_only_a_trusted_proxy_says_that_the_browser_speaks_https(
    site: Site, proxies: str, header: str, sent: dict[str, str], *, secure: bool
) -> None:
    settings = replace(site.settings, trusted_proxies=proxies, forwarded_header=header)  # type: ignore[arg-type]
    app = create_app(settings)
    app.test_client_class = BufferedClient
    page = app.test_client().get("/sign-in", headers=sent, environ_base={"REMOTE_ADDR": "10.1.2.3"})
    app.extensions[EXTENSION_KEY].current.close()
    (line,) = page.headers.getlist("Set-Cookie")
    assert line.startswith("__Host-pathways-form=" if secure else "pathways-form=")
    assert ("Secure" in line) == secure


def test_a_key_that_somebody_else_chose_is_not_taken_over(site: Site, client: FlaskClient) -> None:
    client.set_cookie("pathways", "A" * 43)
    signed_in(client)
    assert key_of(client) != "A" * 43
    known = Sessions(site.settings.state_dir, idle=600, lifetime=600).begin("adam")
    other = site.app.test_client()
    other.environ_base["REMOTE_ADDR"] = "10.9.9.9"
    page = other.get("/sign-in")
    token = token_in(page, "/sign-in")
    other.set_cookie("pathways", known)
    response = other.post("/sign-in", data={"csrf": token, "name": "ann", "password": RIGHT})
    assert response.status_code == 403  # the form was for somebody who had not signed in


def test_signing_in_again_ends_the_session_before(site: Site, client: FlaskClient) -> None:
    signed_in(client)
    before = key_of(client)
    form = {"csrf": form_token(client, "sign-in"), "name": "ann", "password": RIGHT}
    assert client.post("/sign-in", data=form).status_code == 303
    assert key_of(client) != before
    assert Sessions(site.settings.state_dir, idle=600, lifetime=600).find(before) is None


def form_token(client: FlaskClient, purpose: str) -> str:
    """Make a token as the page of a form for this browser would."""
    app = client.application
    cookies = "; ".join(
        f"{name}={cookie.value}"
        for name in ("pathways", "pathways-form")
        if (cookie := client.get_cookie(name)) is not None
    )
    with app.test_request_context("/", headers={"Cookie": cookies}):
        return form_tokens.token(purpose)


def test_who_has_signed_in_is_sent_on_from_the_form(client: FlaskClient) -> None:
    signed_in(client)
    response = client.get("/sign-in?next=/account")
    assert (response.status_code, response.headers["Location"]) == (303, "/account")


@pytest.mark.parametrize("fields", [("nobody", RIGHT), ("ann", "not it at all")], ids=["name", "password"])
def test_a_wrong_name_and_a_wrong_password_are_told_alike_and_keep_what_was_typed(
    client: FlaskClient, fields: tuple[str, str]
) -> None:
    response = sign_in(client, *fields, next="/account?x=1")
    assert response.status_code == 403
    assert "The name or the password is wrong, or the account is not active." in response.text
    assert f'value="{fields[0]}"' in response.text
    assert fields[1] not in response.text
    assert 'name="next" value="/account?x=1"' in response.text
    assert "Set-Cookie" not in response.headers
    assert who(client)["via"] == ""


def test_what_was_typed_is_shown_as_text(client: FlaskClient) -> None:
    page = sign_in(client, '"><script>alert(1)</script>').text
    assert "<script>alert" not in page
    signed_in(client)
    assert "<b>Author" not in client.get("/account").text


def test_who_guesses_has_to_wait_and_is_told_how_long(client: FlaskClient) -> None:
    for _ in range(10):
        assert sign_in(client, "guessed").status_code == 403
    response = sign_in(client, "guessed")
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert re.search(r"try again in \d+ seconds", response.text)


def test_where_too_many_sign_in_at_once_the_form_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    with passwords.turn(), passwords.turn():
        response = sign_in(client)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert "try again in a few seconds" in response.text


# where to go after that


@pytest.mark.parametrize(
    "address",
    [
        "https://example.net/", "//example.net/", "/\\example.net", "\\\\example.net", "/\t/example.net",
        "javascript:alert(1)", "review", "", "/%", "/" + "x" * 3_000, "http:///example.net", "/a\r\nSet-Cookie: x=1",
        "///example.net", "/sign-in", "/sign-out", "/é", "//[", "/.//example.net\\@x",
    ],
    ids=lambda each: re.sub(r"[^a-z]+", "-", each[:20]) or "empty",
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(client: FlaskClient, address: str) -> None:
    response = sign_in(client, next=address)
    assert response.status_code == 303
    target = response.headers["Location"]
    assert target == "/review" or target == address == "/%"
    assert response.headers.getlist("Set-Cookie")[0].startswith("pathways=")


def test_a_page_for_reviewers_is_shown_after_signing_in(client: FlaskClient) -> None:
    sent = client.get("/test/reviewers?state=open&q=a%26b%C3%A9", headers=HTML)
    assert sent.status_code == 303
    assert sent.headers["Cache-Control"] == "no-store"
    target = urlsplit(sent.headers["Location"])
    assert target.path == "/sign-in"
    assert parse_qs(target.query)["next"] == ["/test/reviewers?state=open&q=a%26b%C3%A9"]
    form = client.get(sent.headers["Location"])
    following = re.search(r'name="next" value="([^"]*)"', form.text)
    assert following is not None
    back = sign_in(client, next=following[1].replace("&amp;", "&"))
    assert back.headers["Location"] == "/test/reviewers?state=open&q=a%26b%C3%A9"
    assert client.get(back.headers["Location"]).text == "ann"


def test_under_a_prefix_addresses_have_it(client: FlaskClient) -> None:
    under = {"SCRIPT_NAME": "/vocabulary"}
    sent = client.get("/test/reviewers", headers=HTML, environ_overrides=under)
    assert sent.headers["Location"] == "/vocabulary/sign-in?next=%2Ftest%2Freviewers"
    assert 'action="/vocabulary/sign-in"' in client.get("/sign-in", environ_overrides=under).text


# who may do what


def test_a_program_and_a_form_are_told_to_sign_in(client: FlaskClient) -> None:
    problem = assert_problem(client.get("/test/reviewers", headers=JSON), 401, "/sign-in", "review")
    assert problem["title"] == "This needs signing in, or a token"
    page = client.post("/test/reviewers", headers=HTML)
    assert page.status_code == 401
    assert 'href="/sign-in"' in page.text
    assert "Bearer" in client.get("/test/reviewers", headers=JSON).headers["WWW-Authenticate"]


def test_a_reviewer_is_no_administrator(client: FlaskClient, site: Site) -> None:
    signed_in(client)
    assert client.get("/test/reviewers").text == "ann"
    response = client.get("/test/administrators", headers=JSON)
    assert_problem(response, 403, "administrator", "Ann", "reviewer")
    administrator = signed_in(site.app.test_client(), "adam")
    assert administrator.get("/test/reviewers").text == "adam"
    assert administrator.get("/test/administrators").text == "adam"


def test_a_role_counts_from_the_moment_it_is_changed(client: FlaskClient, site: Site) -> None:
    accounts = Accounts(site.settings.state_dir)
    accounts.add("carl", RIGHT, role="administrator")
    signed_in(client, "carl")
    assert client.get("/test/administrators").status_code == 200
    accounts.set_role("carl", "reviewer")
    assert client.get("/test/administrators", headers=JSON).status_code == 401
    accounts.set_disabled("carl", disabled=True)
    assert sign_in(client, "carl").status_code == 403


def test_tokens_act_by_their_scopes(client: FlaskClient, site: Site) -> None:
    review, submit = site.issue("review", name="Robot"), site.issue("submit", name="Form")
    assert who(client, **site.headers(review)) == {
        "name": "Robot", "role": "reviewer", "via": "token", "trusted": True,
    }  # fmt: skip
    assert who(client, **site.headers(submit)) == {
        "name": "Form", "role": "anonymous", "via": "token", "trusted": True,
    }  # fmt: skip
    assert client.get("/test/reviewers", headers=site.headers(review)).text == "Robot"
    for token, path in ((submit, "reviewers"), (review, "administrators"), (site.token, "who")):
        response = client.get(f"/test/{path}", headers={**site.headers(token), **HTML})
        assert response.status_code == 403, path


def test_a_token_that_is_not_valid_does_not_count_as_nobody(client: FlaskClient, site: Site) -> None:
    signed_in(client)
    response = client.get("/test/who", headers={**site.headers("pwld_x"), **JSON})
    assert_problem(response, 401, "not valid")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_what_a_proxy_asks_for_is_not_taken_for_a_token(client: FlaskClient) -> None:
    signed_in(client)
    assert who(client, Authorization="Basic YTpi")["name"] == "ann"


# forms that cannot be forged


@pytest.fixture(params=["anonymous", "signed-in"])
def browser(client: FlaskClient, request: pytest.FixtureRequest) -> FlaskClient:
    return signed_in(client) if request.param == "signed-in" else client


def test_a_form_of_ours_is_accepted_however_it_is_sent(browser: FlaskClient) -> None:
    token = token_in(browser.get("/test/form"))
    assert browser.post("/test/act", data={"a": "b", "csrf": token}).text == "done"
    assert browser.post("/test/act", data={"csrf": token, "file": (b"x" * 100, "x.ttl")}).text == "done"
    many = {f"field{number}": "x" * 50 for number in range(500)}
    assert browser.post("/test/act", data={**many, "csrf": token}).text == "done"
    multipart = {"data": {**many, "csrf": token}, "content_type": "multipart/form-data"}
    assert browser.post("/test/act", **multipart).text == "done"
    assert browser.post("/test/act", headers={"X-CSRF-Token": token}).text == "done"


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "multipart/form-data; boundary=x", "multipart/form-data"]
)
def test_a_form_without_a_token_is_refused(browser: FlaskClient, content_type: str | None) -> None:
    browser.get("/test/form")
    response = browser.post("/test/act", data=b"", content_type=content_type, headers=JSON)
    assert_problem(response, 403, "Load the page of the form again")


def test_a_token_that_was_altered_is_refused(browser: FlaskClient) -> None:
    token = token_in(browser.get("/test/form"))
    for index in (0, 22, 30, 40, 73):
        other = "A" if token[index] != "A" else "B"
        changed = token[:index] + other + token[index + 1 :]
        response = browser.post("/test/act", data={"csrf": changed}, headers=JSON)
        assert_problem(response, 403, "not given to this browser")
    for wrong in ("x", token + "A", token[:-1], "é" * 75, "x" * 100_000):
        assert browser.post("/test/act", data={"csrf": wrong}).status_code == 403


def test_the_token_of_another_browser_is_refused(browser: FlaskClient, site: Site) -> None:
    other = site.app.test_client()
    theirs = [token_in(other.get("/test/form")), token_in(signed_in(other, "adam").get("/test/form"))]
    browser.get("/test/form")
    for token in theirs:
        assert browser.post("/test/act", data={"csrf": token}).status_code == 403
    assert other.post("/test/act", data={"csrf": theirs[1]}).status_code == 200


def test_a_token_is_for_one_purpose(browser: FlaskClient) -> None:
    assert browser.get("/test/form").status_code == 200
    token = form_token(browser, "sign-in")
    assert browser.post("/test/act", data={"csrf": token}).status_code == 403


def test_a_token_does_not_outlive_signing_in_or_out(client: FlaskClient) -> None:
    before = token_in(client.get("/test/form"))
    signed_in(client)
    assert client.post("/test/act", data={"csrf": before}).status_code == 403
    during = token_in(client.get("/test/form"))
    client.post("/sign-out", data={"csrf": during})
    assert client.post("/test/act", data={"csrf": during}).status_code == 403


def test_a_token_ends_after_its_time(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_in(browser.get("/test/form"))
    now = form_tokens._clock()
    monkeypatch.setattr(form_tokens, "_clock", lambda: now + 43_100)
    assert browser.post("/test/act", data={"csrf": token}).status_code == 200
    monkeypatch.setattr(form_tokens, "_clock", lambda: now + 43_300)
    response = browser.post("/test/act", data={"csrf": token}, headers=JSON)
    assert_problem(response, 403, "older than 12 hours")


def test_a_form_that_is_for_once_is_refused_the_second_time(browser: FlaskClient) -> None:
    token, another = token_in(browser.get("/test/form")), token_in(browser.get("/test/form"))
    assert browser.post("/test/once", data={"csrf": token}).status_code == 200
    assert_problem(browser.post("/test/once", data={"csrf": token}, headers=JSON), 403, "was sent before")
    assert browser.post("/test/once", data={"csrf": another}).status_code == 200


def test_every_page_has_tokens_of_its_own(browser: FlaskClient) -> None:
    # Else what a page repeats would tell the token by how well it compresses.
    assert len({token_in(browser.get("/test/form")) for _ in range(5)}) == 5


def test_where_cookies_are_not_sent_back_the_problem_says_so(site: Site) -> None:
    closed = site.app.test_client(use_cookies=False)
    token = token_in(closed.get("/test/form"))
    assert_problem(closed.post("/test/act", data={"csrf": token}, headers=JSON), 403, "allow cookies")


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://LOCALHOST"}, True),
        ({"Origin": "https://example.net"}, False),
        ({"Origin": "http://localhost.example.net"}, False),
        ({"Origin": "http://localhost:8080"}, False),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, False),
        ({"Origin": "http://[" + "x" * 2_000}, False),
        ({"Origin": "http://[x"}, False),
    ],
    ids=[
        "same-origin", "typed", "same-site", "cross-site", "cross-site-origin", "cross-site-null", "own", "own-capitals", "other",
        "neighbour", "other-port", "null", "empty", "hostile", "broken",
    ],
)  # fmt: skip
def test_a_page_of_another_site_cannot_send_a_form_of_ours(
    browser: FlaskClient, headers: dict[str, str], *, accepted: bool
) -> None:
    token = token_in(browser.get("/test/form"))
    response = browser.post("/test/act", data={"csrf": token}, headers={**headers, **JSON})
    assert response.status_code == (200 if accepted else 403)
    if not accepted:
        assert_problem(response, 403, "expected a form of this site")


def test_over_https_a_page_without_it_is_another_site(client: FlaskClient) -> None:
    token = token_in(client.get("/test/form", base_url=HTTPS))
    for origin, status in (("http://localhost", 403), ("https://localhost", 200)):
        response = client.post("/test/act", data={"csrf": token}, headers={"Origin": origin}, base_url=HTTPS)
        assert response.status_code == status


def test_a_document_that_no_browser_sends_unasked_needs_no_token_unless_somebody_is_signed_in(
    client: FlaskClient,
) -> None:
    turtle = {"data": b"<a> <b> <c> .", "content_type": "text/turtle"}
    assert client.post("/test/act", **turtle).status_code == 200
    assert client.post("/test/act", **turtle, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    signed_in(client)
    assert client.post("/test/act", **turtle).status_code == 403
    headers = {"X-CSRF-Token": token_in(client.get("/test/form"))}
    assert client.post("/test/act", **turtle, headers=headers).status_code == 200


def test_a_request_with_a_token_in_its_header_needs_no_field(client: FlaskClient, site: Site) -> None:
    headers = site.headers(site.issue("review"))
    assert client.post("/test/act", data={"a": "b"}, headers=headers).status_code == 200
    assert client.post("/test/act", data={"a": "b"}, headers=site.headers("wrong")).status_code == 401
    signed_in(client)
    assert (
        client.post("/test/act", data={"a": "b"}, headers={"Authorization": "Basic YTpi"}).status_code == 403
    )


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/account"])
def test_our_own_forms_are_not_forged_either(client: FlaskClient, path: str) -> None:
    if path != "/sign-in":
        signed_in(client)
    before = who(client)
    form = {"name": "adam", "password": RIGHT, "action": "end-others"}
    assert client.post(path, data=form).status_code == 403
    assert who(client) == before


# what others see


PRIVATE = ["/sign-in", "/account", "/account/nothing", "/review/nothing", "/sign-out"]


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_depends_on_a_cookie_is_for_one_browser_alone(
    browser: FlaskClient, path: str, method: str, accept: str
) -> None:
    headers = {"Accept": accept, "Origin": "https://example.net", "Access-Control-Request-Method": "POST"}
    response = browser.open(path, method=method, headers=headers)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Cookie" in response.headers["Vary"]
    assert "ETag" not in response.headers
    assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]


def test_a_page_with_a_form_is_for_one_browser_alone_wherever_it_is(browser: FlaskClient) -> None:
    response = browser.get("/test/form", headers={"Origin": "https://example.net"})
    assert response.headers["Cache-Control"] == "no-store"
    assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize(
    "path", ["/", "/one", "/one.ttl", "/search?q=one", "/nothing", "/sparql", "/validate"]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_of_the_vocabulary_are_the_same_for_everybody_in_one_language(
    site: Site, client: FlaskClient, path: str, accept: str, language: str
) -> None:
    fixed = {"Accept": accept, "X-Request-Id": "0123456789"}
    anybody, reviewer = site.app.test_client(), signed_in(client)
    for browser in (anybody, reviewer):
        browser.set_cookie(COOKIE, language)
    plain, response = anybody.get(path, headers=fixed), reviewer.get(path, headers=fixed)
    assert response.data == plain.data
    assert response.headers == plain.headers
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    # The only cookie that counts is the one with the language, and only for pages.
    assert ("Cookie" in response.headers["Vary"]) == (response.mimetype == "text/html")
    assert "Set-Cookie" not in response.headers
    assert "/sign-out" not in response.text


def test_a_cookie_never_goes_with_what_everybody_may_read(browser: FlaskClient) -> None:
    for path in (*PRIVATE, "/", "/one", "/test/form", "/test/who"):
        response = browser.get(path, headers={"Origin": "https://example.net"})
        assert "Access-Control-Allow-Credentials" not in response.headers
        if "Set-Cookie" in response.headers:
            assert "Access-Control-Allow-Origin" not in response.headers


# the account


def change(client: FlaskClient, **fields: str) -> TestResponse:
    token = token_in(client.get("/account"), "/account")
    return client.post("/account", data={"csrf": token, **fields})


@pytest.fixture
def bea(site: Site, client: FlaskClient) -> FlaskClient:
    """Somebody with a fresh account, signed in."""
    accounts = Accounts(site.settings.state_dir)
    if any(each.name == "bea" for each in accounts.all()):
        accounts.set_password("bea", RIGHT)
    else:
        accounts.add("bea", RIGHT, display_name="Bea")
    return signed_in(client, "bea")


def test_who_changes_their_password_stays_signed_in_here_and_nowhere_else(
    bea: FlaskClient, site: Site
) -> None:
    elsewhere = signed_in(site.app.test_client(), "bea")
    before = key_of(bea)
    new = "quite another password"
    response = change(bea, action="password", password=RIGHT, new=new, again=new)
    assert (response.status_code, response.headers["Location"]) == (303, "/account?done=password")
    assert key_of(bea) != before
    assert who(bea)["name"] == "bea"
    assert who(elsewhere)["via"] == ""
    assert "Your password is changed" in bea.get("/account?done=password").text
    assert sign_in(site.app.test_client(), "bea", RIGHT).status_code == 403
    assert sign_in(site.app.test_client(), "bea", new).status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"password": "wrong", "new": "quite another", "again": "quite another"}, 403, "present password is wrong"),
        ({"password": RIGHT, "new": "quite another", "again": "quite different"}, 422, "typed in two ways"),
        ({"password": RIGHT, "new": "short", "again": "short"}, 422, "expected 12 to 1,024"),
        ({"password": RIGHT}, 422, "The password is empty"),
    ],
    ids=["present", "again", "short", "empty"],
)  # fmt: skip
def test_a_password_that_cannot_be_changed_is_not(
    bea: FlaskClient, site: Site, fields: dict[str, str], status: int, said: str
) -> None:
    before = key_of(bea)
    response = change(bea, action="password", **fields)
    assert response.status_code == status
    assert said in response.text
    assert RIGHT not in response.text
    assert (key_of(bea), who(bea)["name"]) == (before, "bea")
    assert sign_in(site.app.test_client(), "bea").status_code == 303


def test_a_stolen_session_does_not_let_anybody_guess_the_password(bea: FlaskClient) -> None:
    fields = {"action": "password", "password": "wrong", "new": "quite another", "again": "quite another"}
    codes = [change(bea, **fields).status_code for _ in range(11)]
    assert codes == [403] * 10 + [429]


def test_sessions_can_be_ended_from_elsewhere(bea: FlaskClient, site: Site) -> None:
    phone, laptop = (signed_in(site.app.test_client(), "bea") for _ in range(2))
    stranger = signed_in(site.app.test_client(), "adam")
    page = phone.get("/account", headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}).text
    assert page.count('name="session"') == 3
    assert page.count("this one") == 1
    known = Sessions(site.settings.state_dir, idle=600, lifetime=600)
    found, theirs = known.find(key_of(laptop)), known.find(key_of(stranger))
    assert found is not None
    assert theirs is not None
    change(bea, action="end", session=found.id)
    assert (who(laptop)["via"], who(phone)["via"]) == ("", "session")
    change(bea, action="end", session=theirs.id)
    assert who(stranger)["via"] == "session"
    change(bea, action="end-others")
    assert (who(phone)["via"], who(bea)["via"]) == ("", "session")


def test_the_account_page_is_for_accounts(client: FlaskClient, site: Site) -> None:
    assert client.get("/account", headers=HTML).headers["Location"] == "/sign-in?next=%2Faccount"
    response = client.get("/account", headers={**JSON, **site.headers(site.issue("review"))})
    assert_problem(response, 403, "token")


# what is sent to hurt


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"name=ann&name=bea", "application/x-www-form-urlencoded", 400),
        (b"name=%FF%FE", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"f%d=x" % number for number in range(10_000)), "application/x-www-form-urlencoded", 413),
        (b"&".join(b"f%d" % number for number in range(1_000)), "application/x-www-form-urlencoded", 400),
        (b"password=" + b"x" * 1_000_000, "application/x-www-form-urlencoded", 413),
        (b'{"name": "ann"}', "application/json", 415),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x", 400),
        (b"nonsense", "multipart/form-data", 400),
        (b"name=ann&password=correct+horse+battery", "text/plain", 415),
    ],
    ids=["twice", "bytes", "ten-thousand", "thousand", "megabyte", "json", "half", "no-boundary", "plain"],
)
def test_what_is_no_form_is_refused(client: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    client.get("/sign-in")
    response = client.post("/sign-in", data=body, content_type=content_type, headers=JSON)
    assert_problem(response, status)
    assert who(client)["via"] == ""


@pytest.mark.parametrize(
    "name", ["x" * 10_000, "ann\x00", "ann' OR '1'='1", "\ud800".encode("utf-8", "replace").decode()]
)
def test_a_hostile_name_signs_nobody_in(client: FlaskClient, name: str) -> None:
    assert sign_in(client, name).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/account", "/account/", "/review/3", "/propose/topic", "/topic/x/edit", "/topic/x/edit/"],
)
def test_what_looks_things_up_does_not_hold_the_event_loop(site: Site, path: str) -> None:
    assert Gateway(site.app)._is_slow({"PATH_INFO": path, "REQUEST_METHOD": "GET"})
    assert not Gateway(site.app)._is_slow({"PATH_INFO": "/topic/edit-x", "REQUEST_METHOD": "GET"})


def test_without_a_ledger_nobody_is_signed_in_and_nothing_is_written(site: Site, tmp_path: Path) -> None:
    app = create_app(replace(site.settings, state_dir=tmp_path / "new"), site.snapshots.current())
    add_pages(app)
    client = app.test_client()
    client.set_cookie("pathways", "A" * 43)
    assert client.get("/test/who").json["via"] == ""  # type: ignore[index]
    assert not (tmp_path / "new").exists()
    app.extensions[EXTENSION_KEY].current.close()
