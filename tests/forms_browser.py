"""A browser without JavaScript, as far as forms need one: what a page's form would send, and sending it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Control:
    """A control with what it would send; `value` is None where it sends nothing."""

    name: str
    kind: str
    value: str | None
    attributes: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects the controls of the page's edit form as HTML's rules for submitting have it."""

    def __init__(self, marker: str) -> None:
        super().__init__(convert_charrefs=True)
        self._marker = marker
        self.action = ""
        self.controls: list[Control] = []
        self.inside = False
        self._text: Control | None = None
        self._select: Control | None = None
        self._fresh = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self._marker in given.get("class", "").split():
            self.inside, self.action = True, given["action"]
        if not self.inside:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input":
            off = kind in ("checkbox", "radio") and "checked" not in given
            self.controls.append(Control(name, kind, None if off else given.get("value", ""), given))
        elif tag == "button":
            self.controls.append(Control(name, "button", None, given))
        elif tag == "textarea":
            self._text = Control(name, "textarea", "", given)
            self._fresh = True
            self.controls.append(self._text)
        elif tag == "select":
            self._select = Control(name, "select", None, given)
            self.controls.append(self._select)
        elif (
            tag == "option"
            and self._select is not None
            and (self._select.value is None or "selected" in given)
        ):
            self._select.value = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self._text = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            if self._fresh:
                data = data.removeprefix("\n")  # HTML drops the first line break
                self._fresh = False
            self._text.value = (self._text.value or "") + data


class FormPage:
    """A page with a form: fields are set by name, then a button is pressed."""

    def __init__(self, client: FlaskClient, response: TestResponse, marker: str = "edit") -> None:
        self.client = client
        self.response = response
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        parser = _Forms(marker)
        parser.feed(self.text)
        self.action = parser.action
        self.controls = parser.controls

    @classmethod
    def get(cls, client: FlaskClient, path: str, marker: str = "edit") -> FormPage:
        return cls(client, client.get(path), marker)

    def named(self, name: str) -> list[Control]:
        return [each for each in self.controls if each.name == name]

    def value(self, name: str) -> str | None:
        """Give what a control would send."""
        return next((each.value for each in self.named(name) if each.value is not None), None)

    def rows(self, name: str, part: str = "value") -> list[str]:
        """Give the texts in the rows of a field."""
        found = [
            each
            for each in self.controls
            if each.name.startswith(f"{name}.") and each.name.endswith(f".{part}.text")
        ]
        return [each.value for each in found if each.value is not None]

    def row(self, name: str, text: str, part: str = "value") -> str:
        """Give the beginning of the names of the row that has a text: the last one of several."""
        ends = f".{part}.text"
        found = [
            each.name.removesuffix(ends)
            for each in self.controls
            if each.name.startswith(f"{name}.") and each.name.endswith(ends) and each.value == text
        ]
        assert found, (name, text, self.rows(name, part))
        return found[-1]

    def set(self, name: str, value: str) -> FormPage:
        found = self.named(name)
        assert found, (name, [each.name for each in self.controls])
        for each in found:
            if each.kind in ("radio", "checkbox"):
                each.value = value if each.attributes.get("value") == value else None
            else:
                each.value = value
        if found[0].kind == "radio":
            assert any(each.value == value for each in found), (value, found)
        return self

    def pairs(self) -> list[tuple[str, str]]:
        """Give what the form would send, with the ends of lines as browsers send them."""
        return [
            (each.name, each.value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n"))
            for each in self.controls
            if each.value is not None and each.name
        ]

    def send(
        self,
        action: str = "check",
        more: Iterable[tuple[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> FormPage:
        """Press a button."""
        assert any(
            each.kind == "button" and each.attributes.get("value") == action for each in self.controls
        ), action
        return self.post([*self.pairs(), *more, ("action", action)], headers)

    def post(self, pairs: Iterable[tuple[str, str]], headers: dict[str, str] | None = None) -> FormPage:
        response = self.client.post(
            self.action,
            data=urlencode(list(pairs)).encode(),
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )
        return FormPage(self.client, response)

    @property
    def plain(self) -> str:
        """The text of the page."""
        parser = _Words(convert_charrefs=True)
        parser.feed(self.text)
        return " ".join(" ".join(parser.found).split())


class _Words(HTMLParser):
    """Collects the words of a page."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)
