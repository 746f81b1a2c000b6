"""The settings of named stores, and what writing to them needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pathways_ld.errors import SettingsError, StoreError
from pathways_ld.remotes import Remotes, read_remotes
from pathways_ld.settings import load_settings
from pathways_ld.store.remote_writing import RemoteWriter
from scripted import Script, ScriptedServer, hang_up, reply, silence

if TYPE_CHECKING:
    from pathlib import Path


def remotes(tmp_path: Path, text: str) -> Remotes:
    config = tmp_path / "settings.toml"
    config.write_text(text)
    return load_settings(config, {}).stores


def test_stores_are_tables_of_the_settings_file_and_survive_as_text(tmp_path: Path) -> None:
    found = remotes(
        tmp_path,
        '[stores.main]\nengine = "fuseki"\nquery_url = "https://store.example/q"\ntimeout = 5\n'
        '[stores.other]\nquery_url = "http://localhost:8890/sparql"\nauth = "digest"\nsecret_env = "X"\n',
    )
    assert found.names() == ["main", "other"]
    assert found.named("main").engine == "fuseki"
    assert found.named("main").timeout == 5.0
    assert load_settings(environment={"PATHWAYS_LD_STORES": str(found)}).stores == found
    assert load_settings(environment={"PATHWAYS_LD_STORES": ""}).stores == Remotes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('store = "main"', 'There is no store "main"; the settings name: none.'),
        ("stores = 1", 'Setting "stores" is not as expected'),
        ("[stores]\nmain = 1", 'Setting "stores" is not as expected'),
        ("[stores.main]", '"stores.main.query_url" is missing'),
        ('[stores.main]\nquery_ulr = "http://x/"', 'did you mean "query_url"?'),
        ('[stores.main]\npassword = "x"', 'Unknown setting "stores.main.password"'),
        ("[stores.main]\nquery_url = 1", "expected a text"),
        ('[stores.main]\nquery_url = "ftp://x/"', "http:// or https://"),
        ('[stores.main]\nquery_url = "http://"', "http:// or https://"),
        ('[stores.main]\nquery_url = "http://x:99999/"', "http:// or https://"),
        ('[stores.main]\nquery_url = "http://me:secret@x/"', "no user or password in it"),
        ('[stores.main]\nquery_url = "http://x/"\nengine = "oracle"', "expected one of generic"),
        ('[stores.main]\nquery_url = "http://x/"\nauth = "basic"', "the name of an environment variable"),
        (
            '[stores.main]\nquery_url = "http://x/"\nauth = "basic"\nsecret_env = "PATHWAYS_LD_X"',
            "does not begin",
        ),
        ('[stores.main]\nquery_url = "http://x/"\ntimeout = -1', "a number of at least 0"),
        ('[stores.main]\nquery_url = "http://x/"\nconnections = 0', "a number of at least 1"),
        ('[stores.main]\nquery_url = "http://x/"\ngraph_prefix = "x"', "the beginning of an IRI"),
        ('[stores.embedded]\nquery_url = "http://x/"', "cannot be named"),
        ('[stores."a b"]\nquery_url = "http://x/"', "cannot be named"),
    ],
)
def test_mistakes_in_the_stores_are_errors_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        remotes(tmp_path, text)
    assert said in caught.value.message
    assert "secret" not in caught.value.message.replace("secret_env", "")


def test_stores_that_are_no_json_in_the_environment_are_named() -> None:
    with pytest.raises(SettingsError, match="is no JSON"):
        load_settings(environment={"PATHWAYS_LD_STORES": "{"})


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (reply(b"Virtuoso 37000 Error SP031: no", "text/plain", 400), r"did not take the change .*SP031"),
        (reply(b'{"type":"/problems/x","detail":"Not so."}', "application/problem+json", 422), r"Not so\."),
        (reply(b"", "text/plain", 202), r"status 202"),
        (reply(b"", "text/plain", 302, Location="http://e/"), "redirects"),
        (reply(b"", "text/plain", 200, X_SQL_State="S1TAT"), "failed"),
        (reply(b"<html>", "text/html", 404), "does not take this request"),
        (silence, r"did not answer for 0\.5 seconds"),
        (hang_up, "did not answer"),
    ],
)
def test_a_change_that_was_not_made_is_an_error(script: Script, said: str) -> None:
    with ScriptedServer([script]) as server:
        table = {"query_url": server.url, "update_url": server.url, "write_timeout": 0.5}
        with (
            RemoteWriter(read_remotes({"x": table}, "test").named("x")) as writer,
            pytest.raises(StoreError, match=said),
        ):
            writer.drop(["http://e/g"])
        assert len(server.asked) == 1


def test_nothing_is_written_without_the_means(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"query_url": "http://x/"}
    with pytest.raises(SettingsError, match="update_url"):
        RemoteWriter(read_remotes({"x": table}, "test").named("x"))
    monkeypatch.delenv("MY_SECRET", raising=False)
    table |= {"update_url": "http://x/", "auth": "basic", "secret_env": "MY_SECRET"}
    with pytest.raises(SettingsError, match="MY_SECRET is not set"):
        RemoteWriter(read_remotes({"x": table}, "test").named("x"))
    assert "MY_SECRET" not in os.environ
