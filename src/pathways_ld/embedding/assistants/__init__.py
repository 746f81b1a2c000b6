"""Tools for assistants (MCP, https://modelcontextprotocol.io): the vocabulary for programs that write.

What the tools do is here, without any transport. Only :mod:`.protocol` needs the package ``mcp``.
"""

from pathways_ld.embedding.assistants.desk import Asked, Desk
from pathways_ld.embedding.assistants.overview import Interface, overview
from pathways_ld.embedding.assistants.tools import Outcome, Tool, call, tools_of

__all__ = ["Asked", "Desk", "Interface", "Outcome", "Tool", "call", "overview", "tools_of"]
