"""Messages to ``/mcp``, as clients send them."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def post(client: FlaskClient, message: object, **headers: str) -> TestResponse:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    usual = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/mcp", data=body, headers=usual | named)


def request_of(method: str, params: object = None) -> dict[str, object]:
    message: dict[str, object] = {"jsonrpc": "2.0", "id": 7, "method": method}
    return message if params is None else message | {"params": params}


def tool(client: FlaskClient, name: str, **arguments: object) -> dict[str, Any]:
    answer = post(client, request_of("tools/call", {"name": name, "arguments": arguments}))
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json["result"]  # type: ignore[index]
    return result


def text_of(result: dict[str, Any]) -> str:
    text: str = result["content"][0]["text"]
    return text


def answered(client: FlaskClient, name: str, **arguments: object) -> dict[str, Any]:
    result = tool(client, name, **arguments)
    assert not result["isError"], result
    found: dict[str, Any] = result["structuredContent"]
    return found | {"text": text_of(result)}
