"""The hierarchy as it is shown: what is open, what is on this page, and the addresses that change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from flask import request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.model import Link
from pathways_ld.settings import Kind
from pathways_ld.snapshot.browsing import MOST_COUNTED, Branch, top
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.web import browse_state
from pathways_ld.web.browse_state import ident, query
from pathways_ld.web.interface_language import gettext as _
from pathways_ld.web.interface_language import show_number
from pathways_ld.web.listings import page_number

PATH: Final = "/browse/tree"
MOST_OPEN: Final = 60
"""Branches that an address may open."""
MOST_NODES: Final = 1_000
"""Terms on one page; what would be more stays closed."""
MOST_LEVELS: Final = 40


@dataclass
class Node:
    """A term in the tree; `rest` counts the children that another page shows."""

    link: Link
    below: int
    place: str
    level: int
    number: int
    of: int
    is_current: bool = False
    is_target: bool = False
    """Whether it is the first place of the current term, which may stand in several."""
    is_loop: bool = False
    toggle: str = ""
    rest: int = 0
    rest_url: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether its children are shown."""
        return bool(self.children)

    @property
    def counted(self) -> str:
        """The number of its children in words."""
        if self.below < MOST_COUNTED:
            return show_number(self.below)
        return _("%(number)s or more") % {"number": show_number(MOST_COUNTED)}


class TreeView:
    """What a request shows of the hierarchy of a kind, or of one concept scheme."""

    def __init__(self, source: Reader, kind: Kind, size: int) -> None:
        self.source, self.kind, self._size = source, kind, size
        self.scheme = self._read_scheme()
        self.root = browse_state.term(source, "root", kind)
        self.current = browse_state.term(source, "at", kind)
        self.opened = self._read_opened()
        self.page = page_number()
        self._parent = self.root.iri if self.root else top(kind.name, self.scheme)
        self.total = source.browser.total(self._parent)
        self.last = max(1, -(-self.total // size))
        if self.page > self.last:
            raise TermNotFound(f"The list has {self.last} pages; page {self.page} was asked for.")
        self.is_cut = False
        self._has_target = False
        self._nodes = 0
        self._wanted = self._way()
        self._open = {*self.opened, *self._wanted}
        self.branches = source.browser.children(self._parent, limit=size, offset=(self.page - 1) * size)

    def _read_scheme(self) -> str:
        text = request.args.get("scheme", "")
        if not text:
            return ""
        iri = browse_state.iri_of(self.source, text[:2_000])
        if iri not in self.source.browser.schemes(self.kind.name):
            raise TermNotFound(
                f'No scheme "{text[:100]}" has {self.kind.plural.lower()} in this vocabulary; expected one'
                " that /browse/groups lists."
            )
        return iri

    def _read_opened(self) -> list[str]:
        texts = list(dict.fromkeys(request.args.getlist("open")))
        if len(texts) > MOST_OPEN:
            raise BadRequest(f'"open" is given {len(texts)} times; expected it at most {MOST_OPEN} times.')
        return [browse_state.iri_of(self.source, text[:2_000]) for text in texts if text]

    def _way(self) -> list[str]:
        """Give the terms above the current one, from the top, along the shortest way, and itself."""
        if self.current is None:
            return []
        paths = self.current.view["breadcrumbs"]
        way = [link["iri"] for link in paths[0]] if paths else []
        if self.root is not None and self.root.iri in way:
            way = way[way.index(self.root.iri) + 1 :]
        return [*way[-MOST_LEVELS:], self.current.iri]

    @property
    def rest(self) -> int:
        """How many follow on other pages."""
        return max(0, self.total - (self.page - 1) * self._size - len(self.branches))

    def name(self, iri: str) -> str:
        """Write the IRI of a term as addresses have it."""
        return ident(self.source, iri)

    def nodes(self) -> list[Node]:
        """Give what is shown, from the top."""
        self._has_target = False
        above = {self.root.iri} if self.root else set()
        first = (self.page - 1) * self._size
        return self._nodes_of(self.branches, 1, above, "", first, self.total, self._wanted[:1])

    def _nodes_of(
        self,
        branches: list[Branch],
        level: int,
        above: set[str],
        place: str,
        first: int,
        of: int,
        wanted: list[str],
    ) -> list[Node]:
        shown = {each.link["iri"] for each in branches}
        branches = [*branches, *(self._branch(iri) for iri in wanted if iri not in shown)]
        nodes = []
        for number, each in enumerate(branches, 1):
            iri = each.link["iri"]
            self._nodes += 1
            node = Node(
                each.link, each.below, f"{place}-{first + number}", level, min(first + number, of), of
            )
            node.is_current = self.current is not None and iri == self.current.iri
            node.is_target = node.is_current and not self._has_target
            self._has_target |= node.is_target
            node.is_loop = iri in above
            if each.below and not node.is_loop:
                node.toggle = self.toggle_url(iri, node.place)
                if iri in self._open:
                    self._open_node(node, iri, above)
            nodes.append(node)
        return nodes

    def _open_node(self, node: Node, iri: str, above: set[str]) -> None:
        if node.level >= MOST_LEVELS or self._nodes >= MOST_NODES:
            self.is_cut = True
            return
        children = self.source.browser.children(iri, limit=self._size)
        total = node.below if node.below < MOST_COUNTED else self.source.browser.total(iri)
        wanted = []
        if iri in self._wanted:
            position = self._wanted.index(iri) + 1
            wanted = self._wanted[position : position + 1]
        node.children = self._nodes_of(children, node.level + 1, {*above, iri}, node.place, 0, total, wanted)
        node.rest = total - len(children)
        node.rest_url = self.url(root=iri, page=2) if node.rest else ""

    def _branch(self, iri: str) -> Branch:
        view = self.source.document(iri).view
        link = Link(iri=iri, path=view["path"], title=view["title"])
        if view["deprecated"]:
            link["deprecated"] = True
        return Branch(link, view["kind"], self.source.browser.count(iri))

    def toggle_url(self, iri: str, place: str) -> str:
        """Give the address that opens or closes a branch and stays where it is."""
        opened = [each for each in self.opened if each != iri]
        current = self.current.iri if self.current else ""
        if iri in self._wanted:
            # Closing what leads to the current term: what else was open stays open.
            opened += [each for each in self._wanted if each != iri and each not in opened]
            current = ""
        elif iri not in self.opened:
            opened.append(iri)
        return self.url(opened=opened[-MOST_OPEN:], at=current, page=self.page, keep_root=True) + f"#t{place}"

    def url(
        self,
        *,
        root: str = "",
        opened: list[str] | None = None,
        at: str = "",
        page: int = 1,
        keep_root: bool = False,
    ) -> str:
        """Give the address of another view of the same hierarchy."""
        source = self.source
        if keep_root and self.root:
            root = self.root.iri
        asked = query(
            ("kind", self.kind.name),
            ("scheme", ident(source, self.scheme) if self.scheme else ""),
            ("root", ident(source, root) if root else ""),
            *(("open", ident(source, each)) for each in opened or ()),
            ("at", ident(source, at) if at else ""),
            ("page", str(page) if page > 1 else ""),
        )
        return f"{request.script_root}{PATH}?{asked}"

    def page_url(self, page: int) -> str:
        """Give the address of another page of the topmost level, with the same branches open."""
        return self.url(opened=self.opened, page=page, keep_root=True)

    def json_of(self, link: Link) -> dict[str, object]:
        """Write a term for programs."""
        return {
            "iri": link["iri"],
            "url": f"{request.url_root.rstrip('/')}{link['path']}" if link["path"] else link["iri"],
            "prefLabel": link["title"],
            "deprecated": link.get("deprecated", False),
        }

    def document(self) -> dict[str, object]:
        """Give this page of one level for programs; each term has the address of the level below it."""
        host = request.url_root.rstrip("/").removesuffix(request.script_root)
        root: TermDocument | None = self.root
        narrower = [
            {
                **self.json_of(each.link),
                "narrowerCount": each.below,
                "isCountComplete": each.below < MOST_COUNTED,
                "narrower": host + self.url(root=each.link["iri"]) if each.below else None,
            }
            for each in self.branches
        ]
        return {
            "kind": self.kind.name,
            "scheme": self.scheme or None,
            "term": root.iri if root else None,
            "broader": [[self.json_of(link) for link in way] for way in root.view["breadcrumbs"]]
            if root
            else [],
            "total": self.total,
            "page": self.page,
            "pages": self.last,
            "narrower": narrower,
        }
