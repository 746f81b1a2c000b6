"""The tools as a server of the Model Context Protocol, for any of its transports.

This alone needs the package ``mcp`` (the extra ``pathways-ld[mcp]``). A request is answered from one desk:
HTTP has one for each request, a process on standard input one that follows the current snapshot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from pathways_ld import __version__
from pathways_ld.embedding.assistants.desk import Desk, clean
from pathways_ld.embedding.assistants.overview import overview
from pathways_ld.embedding.assistants.tools import Outcome, Tool, call, instructions, tools_of
from pathways_ld.errors import PathwaysError
from pathways_ld.formats import TURTLE
from pathways_ld.store.base import Cancellation

OpenDesk = Callable[[Cancellation], AbstractContextManager[Desk]]
"""Opens what a request is answered from; queries end when the cancellation comes."""
Run = Callable[[Callable[[Cancellation], Any]], Awaitable[Any]]
"""Runs work that blocks."""

SCHEME: Final = "pathways"
ABOUT: Final = f"{SCHEME}://vocabulary"
TERM: Final = f"{SCHEME}://term/"
_READ_ONLY: Final = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_FRESH: Final = CacheHint(ttl_ms=60_000, scope="public")
_Context = ServerRequestContext[Any, Any]


class Assistants:
    """Answers the requests of the protocol."""

    def __init__(self, desks: OpenDesk, run: Run) -> None:
        self._desks, self._run = desks, run

    def server(self, desk: Desk) -> Server[Any]:
        """Make the server; what it says of itself is taken from a desk."""
        title = desk.title()
        return Server(
            "pathways-ld",
            version=__version__,
            title=title,
            description=f"Search, check and query {title}: read-only tools over its published terms.",
            instructions=instructions(desk.reader, title),
            website_url=desk.root or None,
            cache_hints={
                "tools/list": _FRESH,
                "resources/list": _FRESH,
                "resources/templates/list": _FRESH,
                "resources/read": _FRESH,
            },
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
        )

    async def _at_desk(self, work: Callable[[Desk], Any]) -> Any:
        def at_desk(cancellation: Cancellation) -> Any:
            with self._desks(cancellation) as desk:
                return work(desk)

        try:
            return await self._run(at_desk)
        except PathwaysError as error:
            # Of tools this is only a query that nobody waits for, and a vocabulary that cannot be opened.
            raise MCPError(code=types.INTERNAL_ERROR, message=error.message) from None

    async def _list_tools(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        tools = await self._at_desk(lambda desk: tools_of(desk.reader, desk.title()))
        return types.ListToolsResult(tools=[_described(tool) for tool in tools])

    async def _call_tool(self, _: _Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        outcome: Outcome = await self._at_desk(lambda desk: _called(desk, params))
        return types.CallToolResult(
            content=[types.TextContent(text=outcome.text)],
            structured_content=outcome.structured,
            is_error=outcome.is_error,
        )

    async def _list_resources(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        title = await self._at_desk(lambda desk: desk.title())
        about = types.Resource(
            uri=ABOUT,
            name="vocabulary",
            title=title,
            description="What the vocabulary holds, its version and licence, and how to cite it.",
            mime_type="text/markdown",
        )
        return types.ListResourcesResult(resources=[about])

    async def _list_templates(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        base = await self._at_desk(lambda desk: desk.reader.manifest.base)
        term = types.ResourceTemplate(
            uri_template=f"{TERM}{{+id}}",
            name="term",
            title="A term",
            description=f"All statements about a term, as Turtle. The id is what follows {base} in its IRI.",
            mime_type=TURTLE.media_type,
        )
        return types.ListResourceTemplatesResult(resource_templates=[term])

    async def _read_resource(
        self, _: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        content = await self._at_desk(lambda desk: _content(desk, params.uri))
        return types.ReadResourceResult(contents=[content])


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments,
        output_schema=tool.answer,
        annotations=_READ_ONLY,
    )


def _called(desk: Desk, params: types.CallToolRequestParams) -> Outcome:
    tools = {tool.name: tool for tool in tools_of(desk.reader, desk.title())}
    if params.name not in tools:
        raise MCPError(
            code=types.INVALID_PARAMS,
            message=f'There is no tool "{clean(params.name)[:60]}"; expected one of {", ".join(tools)}.',
        )
    return call(desk, tools[params.name], params.arguments or {})


def _content(desk: Desk, uri: str) -> types.TextResourceContents:
    if uri.rstrip("/") == ABOUT:
        text = overview(desk.reader, (), pages=False)
        return types.TextResourceContents(uri=uri, mime_type="text/markdown", text=text)
    try:
        named = desk.reader.space.iri_of_path(uri.removeprefix(TERM)) if uri.startswith(TERM) else uri
        document = desk.document(named)
    except PathwaysError as error:
        raise MCPError(code=_NOT_FOUND, message=error.message, data={"uri": uri[:2_000]}) from None
    text = desk.reader.write(document, TURTLE).decode()
    return types.TextResourceContents(uri=uri, mime_type=TURTLE.media_type, text=text)


_NOT_FOUND: Final = types.INVALID_PARAMS
