"""Pages speak the reader's language around content that has its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from flask.testing import FlaskClient

from pathways_ld.web import interface_language

ROOT = Path(__file__).parent.parent
TERM = "/topic/career-pathways"
SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
TRANSLATED = [tag for tag in interface_language.AVAILABLE if tag != interface_language.SOURCE]


def page(client: FlaskClient, path: str, **headers: str) -> str:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={"Accept": "text/html", **given}).text


def extracted() -> Catalog:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as opened:
        methods, options = parse_mapping_cfg(opened)  # type: ignore[no-untyped-call]
    keywords = {
        "_": None, "N_": None, "gettext": None,
        "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "trans": None,
    }  # fmt: skip
    found = Catalog()
    for name, line, message, _, context in extract_from_dir(
        ROOT, method_map=methods, options_map=options, keywords=keywords,
        directory_filter=lambda folder: Path(folder).name not in {".venv", "node_modules", "dist", "var"},
    ):  # fmt: skip
        found.add(message, locations=[(name, line)], context=context)
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_interface_is_translated(language: str) -> None:
    wanted, there = extracted(), interface_language.source_of(language)
    assert len(wanted) > 600
    missing = []
    for message in wanted:
        known = there.get(message.id, message.context) if message.id else message
        if message.id and (known is None or not known.string or not all(known.string) or known.fuzzy):
            missing.append(f"{message.locations[0][0]}:{message.locations[0][1]}: {message.id!r}")
    stale = [each.id for each in there if each.id and wanted.get(each.id, each.context) is None]
    assert not missing, 'say "make translations", then translate these:\n' + "\n".join(missing)
    assert not stale, f'say "make translations": nothing says these any more: {stale}'
    assert not there.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_what_stands_for_values_and_the_markup(language: str) -> None:
    def parts(text: str) -> tuple[list[str], list[str]]:
        tags = [re.sub(r'(alt|title|placeholder)="[^"]*"', "", tag) for tag in re.findall(r"<[^<>]+>", text)]
        return sorted(set(re.findall(r"%\(\w+\)[sd]|%%", text))), sorted(tags)

    wrong = []
    for message in interface_language.source_of(language):
        if not message.id or not message.string:
            continue
        if isinstance(message.id, tuple):
            values = {each for text in message.id for each in parts(text)[0]}
            wrong += [text for text in message.string if set(parts(text)[0]) - values]
        elif parts(str(message.id)) != parts(str(message.string)):
            wrong.append(str(message.string))
        if str(message.id) == message.id and message.id[-1] in ".?:" and message.id[-1] != message.string[-1]:
            wrong.append(f"ends otherwise: {message.string}")
    assert not wrong


def test_a_browser_that_prefers_spanish_gets_spanish_around_english_content(client: FlaskClient) -> None:
    text = page(client, TERM, **SPANISH)
    assert '<html lang="es" dir="ltr">' in text
    assert "Terminología alternativa" in text
    assert re.search(r'<h1 [^>]*><span lang="en">Career Pathways</span></h1>', text)
    english = page(client, TERM)
    assert '<html lang="en" dir="ltr">' in english
    assert "Alternative terminology" in english
    assert re.search(r"<h1 [^>]*>Career Pathways</h1>", english)


def test_the_language_of_content_and_of_the_interface_are_separate(client: FlaskClient) -> None:
    text = page(client, f"{TERM}?lang=es")
    assert '<html lang="en"' in text
    assert "Alternative terminology" in text


def test_a_chosen_language_comes_before_that_of_the_browser(client: FlaskClient) -> None:
    answer = client.post(
        "/language", data={"language": "es"}, headers={"Referer": f"http://localhost{TERM}?lang=en"}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{TERM}?lang=en"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="es"' in page(client, TERM, Accept_Language="en")
    client.post("/language", data={"language": "en"})
    assert '<html lang="en"' in page(client, TERM, **SPANISH)


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://elsewhere.example/x",
        "nonsense",
        "http://localhost//elsewhere.example/",
        "javascript:alert(1)",
    ],
    ids=["none", "another site", "nonsense", "two slashes", "script"],
)
def test_the_switch_sends_nobody_elsewhere(client: FlaskClient, referer: str) -> None:
    answer = client.post(
        "/language", data={"language": "es"}, headers={"Referer": referer} if referer else {}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "form", [{"x": "y"}, {"language": "xx"}, {"language": "../es"}, {"content": "xx"}, {"content": "<b>"}],
    ids=["nothing", "unknown", "a path", "unknown content", "markup"],
)  # fmt: skip
def test_an_unknown_language_is_refused_with_those_there_are(
    client: FlaskClient, form: dict[str, str]
) -> None:
    answer = client.post("/language", data=form)
    assert answer.status_code == 400
    assert answer.get_json()["detail"].rpartition("expected one of ")[2].strip(".").startswith("en")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["xx", "../../etc", "", "es; path"])
def test_a_cookie_that_is_no_language_counts_for_nothing(client: FlaskClient, cookie: str) -> None:
    client.set_cookie(interface_language.COOKIE, cookie)
    client.set_cookie(interface_language.CONTENT_COOKIE, cookie)
    assert '<html lang="en"' in page(client, TERM)


def test_caches_keep_the_languages_apart(client: FlaskClient) -> None:
    english = client.get(TERM, headers={"Accept": "text/html"})
    spanish = client.get(TERM, headers={"Accept": "text/html", **SPANISH})
    assert english.headers["ETag"] != spanish.headers["ETag"]
    for answer in (english, spanish):
        assert {"Accept", "Accept-Language", "Cookie"} <= {
            each.strip() for each in answer.headers["Vary"].split(",")
        }
    again = client.get(
        TERM, headers={"Accept": "text/html", "If-None-Match": english.headers["ETag"], **SPANISH}
    )
    assert again.status_code == 200


@pytest.mark.parametrize("suffix", ["ttl", "json", "jsonld", "nt", "rdf"])
def test_data_is_the_same_in_every_language_of_the_interface(client: FlaskClient, suffix: str) -> None:
    client.set_cookie(interface_language.COOKIE, "es")
    client.set_cookie(interface_language.CONTENT_COOKIE, "es")
    spanish = client.get(f"{TERM}.{suffix}")
    client.delete_cookie(interface_language.COOKIE)
    client.delete_cookie(interface_language.CONTENT_COOKIE)
    english = client.get(f"{TERM}.{suffix}")
    assert spanish.data == english.data
    assert "Cookie" not in spanish.headers["Vary"]
