"""A site at which people contribute and review: browsers with cookies and forms, programs with tokens."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import BufferedClient
from maintenance import BASE, VOCABULARY, Site
from pathways_ld.ledger import Accounts, Sessions
from pathways_ld.ledger.accounts import Role
from pathways_ld.web import create_app

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PREFIXES = f"@prefix : <{BASE}> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
RIGHT = "correct horse battery staple"


class Office(Site):
    """A site without bounds on how much one client contributes, with reviewers and tokens."""

    def __init__(self, folder: Path, vocabulary: str = VOCABULARY, **changes: object) -> None:
        super().__init__(folder, vocabulary)
        unbounded = {"contributions_per_hour": 0, "contributions_per_day": 0, "validation_client_time": 0.0}
        self.settings = replace(self.settings, **{**unbounded, **changes})  # type: ignore[arg-type]
        self.app = create_app(self.settings)
        self.app.test_client_class = BufferedClient
        self.client = self.app.test_client()
        self.submit_token = self.issue("submit", name="Robot")
        self.review_token = self.issue("review", name="Rita")

    def reviewer(self, name: str = "ann", role: Role = "reviewer") -> FlaskClient:
        """Give the browser of a reviewer who is signed in."""
        state = self.settings.state_dir
        accounts = Accounts(state)
        if name not in [each.name for each in accounts.all()]:
            accounts.add(name, RIGHT, display_name=name.title(), role=role)
        browser = self.app.test_client()
        browser.set_cookie("pathways", Sessions(state, idle=600, lifetime=600).begin(name))
        return browser

    def send(self, turtle: str, **parameters: str) -> TestResponse:
        """Contribute as a program does that has no token."""
        return self.client.post(
            "/contributions",
            query_string={"reason": "Because it is so.", **parameters},
            data=(PREFIXES + turtle).encode(),
            headers={"Content-Type": "text/turtle"},
        )

    def contributed(self, turtle: str, **parameters: str) -> tuple[int, str]:
        """Contribute; gives the number, and the path of the status page."""
        response = self.send(turtle, **parameters)
        assert response.status_code == 202, response.get_data(as_text=True)
        assert response.json is not None
        return response.json["number"], urlsplit(response.headers["Location"]).path

    def review(self, number: int) -> dict[str, Any]:
        """Give what a program with a token is told of a contribution."""
        response = self.client.get(f"/review/{number}", headers=self.headers(self.review_token))
        assert response.status_code == 200, response.get_data(as_text=True)
        assert isinstance(response.json, dict)
        return response.json

    def decide(self, number: int, action: str, token: str = "", **fields: object) -> TestResponse:
        """Do something with a contribution, as a program."""
        return self.client.post(
            f"/review/{number}/{action}",
            data={name: str(value) for name, value in fields.items()},
            headers=self.headers(token or self.review_token),
        )

    def accepted(self, number: int, note: str = "") -> int:
        """Accept a contribution as it is now; gives the number of the change."""
        response = self.decide(number, "accept", seen=self.review(number)["seen"], note=note)
        assert response.status_code == 200, response.get_data(as_text=True)
        assert response.json is not None
        return int(response.json["change_number"])

    def page(self, path: str, client: FlaskClient | None = None, status: int = 200) -> Page:
        """Open a page in a browser."""
        response = (client or self.app.test_client()).get(path, headers=HTML)
        assert response.status_code == status, response.get_data(as_text=True)
        return Page(response)

    def press(
        self, page: Page, client: FlaskClient, action: str, button: str = "", **fields: object
    ) -> TestResponse:
        """Fill in the form of a page that leads to `action`, and send it as a browser does."""
        form = next(each for each in page.forms if each["action"] == action)
        sent = {**form["fields"], **fields, **({button: "yes"} if button else {})}
        return client.post(
            action,
            data=sent,
            content_type=form.get("enctype") or "application/x-www-form-urlencoded",
            headers={**HTML, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        )


class Page:
    """A page: its text, its forms with what stands in their fields, its headings and its scripts."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.source = response.get_data(as_text=True)
        reader = _Reader()
        reader.feed(self.source)
        reader.close()
        self.forms = reader.forms
        self.headings = reader.headings
        self.ids = reader.ids
        self.labels = reader.labels
        self.controls = reader.controls
        self.scripts = reader.scripts
        self.links = reader.links
        self.text = re.sub(r"\s+", " ", " ".join(reader.texts))

    def field(self, name: str) -> str:
        """Give what stands in a field of any form but the search."""
        return next(str(each["fields"][name]) for each in self.forms if name in each["fields"])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[dict[str, Any]] = []
        self.headings: list[tuple[int, str]] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.controls: list[dict[str, str]] = []
        self.scripts: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self._area: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label":
            self.labels.append(given.get("for", ""))
        if tag in ("input", "select", "textarea"):
            self.controls.append(given)
        if tag == "script":
            self.scripts.append(given.get("src", ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        self._in_form(tag, given, present)

    def _in_form(self, tag: str, given: dict[str, str], present: set[str]) -> None:
        if tag == "form":
            self.forms.append(
                {"action": given.get("action", ""), "enctype": given.get("enctype", ""), "fields": {}}
            )
        name = given.get("name", "")
        fields = self.forms[-1]["fields"] if self.forms else {}
        if tag == "input" and name and given.get("type") != "file":
            choice = given.get("type") in ("checkbox", "radio")
            if not choice or "checked" in present:
                fields[name] = given.get("value", "")
        if tag == "textarea":
            self._area, fields[name] = name, ""
        if tag == "select":
            self._select, fields[name] = name, ""
        if tag == "option" and "selected" in present:
            fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            fields = self.forms[-1]["fields"]
            fields[self._area] = fields[self._area].removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._area is not None:
            self.forms[-1]["fields"][self._area] += data
        if self.headings and not self.headings[-1][1] and data.strip():
            self.headings[-1] = (self.headings[-1][0], data.strip())


def assert_accessible(page: Page) -> None:
    """Assert what every page has: one first heading, no level left out, ids that are one, labels for fields."""
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), page.headings
    assert len(page.ids) == len(set(page.ids)), sorted(each for each in page.ids if page.ids.count(each) > 1)
    for control in page.controls:
        if control.get("type") in ("hidden", "checkbox", "radio"):
            continue
        assert control.get("id") in page.labels, control
    assert "style=" not in page.source
    assert not re.search(r"\son[a-z]+=", re.sub(r">[^<]*<", "><", page.source))
