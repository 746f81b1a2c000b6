"""Webhooks: signed, tried again, given up, never sent where they must not, and nothing personal in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from pathways_ld.cli import main
from pathways_ld.contributions.notices import record
from pathways_ld.contributions.webhook import WAITS, Deliverer, Report, deliveries, signed, try_again
from pathways_ld.errors import SettingsError
from pathways_ld.ledger.database import Database
from pathways_ld.settings import Settings, load_settings
from pathways_ld.webhooks import EVENTS, Webhook, Webhooks, read_webhooks

KEY = b"k" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()
START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Receiver(ThreadingHTTPServer):
    """A server that keeps what it is sent, and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.location = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?from=here"


class Answering(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, receiver: Receiver) -> Settings:
    hooks = Webhooks((Webhook("chat", receiver.url, "CHAT"),))
    return Settings(state_dir=tmp_path / "var", webhooks=hooks, webhook_networks="127.0.0.0/8")


def deliverer(settings: Settings, clock: Clock, secret: str = SECRET) -> Deliverer:
    made = Deliverer(settings, {"CHAT": secret}, clock)
    made.register()
    return made


def happen(settings: Settings, event: str = "contribution.received", **content: object) -> None:
    with Database(settings.state_dir).writing() as connection:
        record(connection, event, 7, None, {"title": "A title", **content})


def test_a_message_is_what_standard_webhooks_says(
    settings: Settings, receiver: Receiver, clock: Clock
) -> None:
    sender = deliverer(settings, clock)
    happen(settings, name="Zoë")
    assert sender.round() == Report(delivered=1)
    headers, body = receiver.received[0]
    message, moment = headers["webhook-id"], headers["webhook-timestamp"]
    assert moment == str(int(START.timestamp()))
    expected = hmac.new(KEY, f"{message}.{moment}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert headers["content-type"] == "application/json"
    document = json.loads(body)
    assert document["type"] == "contribution.received"
    assert document["data"] == {"contribution": 7, "title": "A title", "name": "Zoë"}
    assert sender.round() == Report(), "it is sent once"


def test_the_signature_is_the_one_of_the_specification() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_nothing_personal_is_in_a_notice(settings: Settings, receiver: Receiver, clock: Clock) -> None:
    sender = deliverer(settings, clock)
    happen(
        settings, contact="ann@example.org", key="secret", reason="Write to ann@example.org", client="1.2.3.4"
    )
    sender.round()
    body = receiver.received[0][1].decode()
    assert not any(each in body for each in ("ann@", "secret", "1.2.3.4", "key"))
    assert "Write to (address left out)" in body


def test_who_does_not_answer_is_tried_again_less_and_less_often(
    settings: Settings, receiver: Receiver, clock: Clock
) -> None:
    sender = deliverer(settings, clock)
    happen(settings)
    receiver.status = 500
    for number, wait in enumerate(WAITS, start=1):
        assert sender.round() == Report(failed=1)
        assert len(receiver.received) == number
        clock.wait(wait - 1)
        assert sender.round() == Report(), "not before its time"
        clock.wait(1)
    assert sender.round() == Report(given_up=1)
    clock.wait(10**6)
    assert sender.round() == Report()
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    (left,) = deliveries(settings.state_dir)
    assert (left.outcome, left.attempts, left.failure) == ("given up", len(WAITS) + 1, "status 500")
    receiver.status = 200
    assert try_again(settings.state_dir) == 1
    assert sender.round() == Report(delivered=1)
    assert deliveries(settings.state_dir) == []


def test_a_message_that_failed_does_not_keep_others_back(
    settings: Settings, receiver: Receiver, clock: Clock
) -> None:
    sender = deliverer(settings, clock)
    happen(settings)
    receiver.status = 503
    sender.round()
    receiver.status = 200
    happen(settings)
    assert sender.round() == Report(delivered=1)
    clock.wait(WAITS[0])
    assert sender.round() == Report(delivered=1)


def test_a_redirect_is_not_followed(settings: Settings, receiver: Receiver, clock: Clock) -> None:
    sender = deliverer(settings, clock)
    happen(settings)
    receiver.status, receiver.location = 307, receiver.url
    assert sender.round() == Report(failed=1)
    assert len(receiver.received) == 1
    assert "redirects are not followed" in deliveries(settings.state_dir)[0].failure


def test_no_address_of_our_own_network_is_told(settings: Settings, receiver: Receiver, clock: Clock) -> None:
    sender = deliverer(replace(settings, webhook_networks=""), clock)
    happen(settings)
    assert sender.round() == Report(failed=1)
    assert receiver.received == []
    assert deliveries(settings.state_dir)[0].failure == "127.0.0.1 is not public"


@pytest.mark.parametrize(
    "secret", ["", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", base64.b64encode(KEY).decode()]
)
def test_without_a_secret_nothing_is_sent(
    settings: Settings, receiver: Receiver, clock: Clock, secret: str
) -> None:
    sender = deliverer(settings, clock, secret)
    happen(settings)
    assert sender.round() == Report(failed=1)
    assert receiver.received == []
    assert "does not hold the secret" in deliveries(settings.state_dir)[0].failure


def test_each_is_told_what_it_asked_for_from_then_on(
    settings: Settings, receiver: Receiver, clock: Clock
) -> None:
    happen(settings)
    hook = replace(settings.webhooks.hooks[0], events=("change.published",))
    sender = deliverer(replace(settings, webhooks=Webhooks((hook,))), clock)
    happen(settings)
    with Database(settings.state_dir).writing() as connection:
        record(connection, "change.published", None, 3, {"undoes": 2})
    sender.round()
    assert [json.loads(body)["data"] for _, body in receiver.received] == [
        {"change": 3, "change_iri": "https://w3id.org/pathways-ld/change/3", "undoes": 2}
    ]


def test_what_did_not_happen_is_told_to_nobody(settings: Settings, receiver: Receiver, clock: Clock) -> None:
    sender = deliverer(settings, clock)

    def fail() -> None:
        with Database(settings.state_dir).writing() as connection:
            record(connection, "contribution.received", 7, None, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert sender.round() == Report()


def test_two_processes_do_not_tell_the_same_twice(
    settings: Settings, receiver: Receiver, clock: Clock
) -> None:
    sender, other = deliverer(settings, clock), deliverer(settings, clock)
    happen(settings)
    with sender._alone() as alone:
        assert alone
        assert other.round() == Report()
    assert other.round() == Report(delivered=1)


def test_the_deliverer_runs_until_it_is_stopped(settings: Settings, receiver: Receiver) -> None:
    stop = threading.Event()
    sender = Deliverer(settings, {"CHAT": SECRET})
    sender.register()
    happen(settings)
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    for _ in range(500):
        if receiver.received:
            break
        stop.wait(0.02)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert len(receiver.received) == 1


def test_the_command_tells_and_lists(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(
        f'state_dir = "{tmp_path / "var"}"\nwebhook_networks = "127.0.0.1"\n'
        f'[webhooks.chat]\nurl = "{receiver.url}"\nsecret_env = "CHAT"\n',
        encoding="utf-8",
    )
    settings = load_settings(config)
    monkeypatch.setenv("CHAT", SECRET)
    runner = CliRunner()
    assert runner.invoke(main, ["notify", "--config", str(config)]).output.startswith("0 delivered")
    happen(settings)
    receiver.status = 500
    assert "1 failed" in runner.invoke(main, ["notify", "--config", str(config)]).output
    assert "status 500" in runner.invoke(main, ["notify", "--list", "--config", str(config)]).output
    receiver.status = 200
    assert "1 delivered" in runner.invoke(main, ["notify", "--again", "--config", str(config)]).output
    made = runner.invoke(main, ["notify", "--new-secret"]).output.strip()
    assert len(base64.b64decode(made.removeprefix("whsec_"))) == 32


GOOD: dict[str, object] = {"url": "https://example.org/hook", "secret_env": "CHAT"}


def test_tables_are_read_and_written_again() -> None:
    hooks = read_webhooks({"chat": {**GOOD, "events": [EVENTS[0]]}, "log": GOOD}, "here")
    assert read_webhooks(str(hooks), "here") == hooks
    assert hooks.hooks[0].events == (EVENTS[0],)
    assert hooks.hooks[1].events == EVENTS
    assert read_webhooks("", "here") == Webhooks()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", "no JSON"),
        ([], "tables"),
        ({"a b": GOOD}, "cannot be named"),
        ({"a": {**GOOD, "secret": "x"}}, "Unknown setting"),
        ({"a": {"secret_env": "X"}}, "url"),
        ({"a": {**GOOD, "url": "https://me:pass@example.org/"}}, "url"),
        ({"a": {**GOOD, "url": "ftp://example.org/"}}, "url"),
        ({"a": {**GOOD, "url": "https://example.org/\nX: y"}}, "url"),
        ({"a": {**GOOD, "secret_env": "PATHWAYS_LD_X"}}, "secret_env"),
        ({"a": {**GOOD, "secret_env": ""}}, "secret_env"),
        ({"a": {**GOOD, "events": ["x"]}}, "events"),
        ({"a": {**GOOD, "events": []}}, "events"),
    ],
    ids=["json", "list", "name", "unknown", "no url", "password", "scheme", "newline", "ours", "empty", "event", "none"],
)  # fmt: skip
def test_impossible_tables_are_refused(value: object, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        read_webhooks(value, "here")
    assert "pass@" not in str(refused.value)
