"""No term is shadowed by an address of the server's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathways_ld import releases
from pathways_ld.errors import InvalidDataError
from pathways_ld.iris import RESERVED
from pathways_ld.settings import load_settings
from pathways_ld.web import create_app


def test_every_route_of_the_server_is_reserved() -> None:
    rules = [rule.rule for rule in create_app(load_settings(environment={})).url_map.iter_rules()]
    fixed = {rule.split("/")[1] for rule in rules if not rule.startswith("/<") and rule != "/"}
    assert {segment for segment in fixed if not segment.startswith("sitemap-<")} == RESERVED


@pytest.mark.parametrize("local_id", ["search", "sparql/x", "healthz"])
def test_a_term_that_would_be_shadowed_is_refused(tmp_path: Path, local_id: str) -> None:
    source = tmp_path / "v.ttl"
    source.write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        f' <https://example.org/v/{local_id}> a skos:Concept ; skos:prefLabel "A"@en .'
        ' <https://example.org/v/b> a skos:Concept ; skos:prefLabel "B"@en .',
        encoding="utf-8",
    )
    settings = load_settings(
        environment={}, state_dir=tmp_path / "var", canonical_base="https://example.org/v/"
    )
    with pytest.raises(InvalidDataError) as refused:
        releases.build([source], settings)
    assert [(each.rule, each.focus) for each in refused.value.findings if each.severity == "must fix"] == [
        ("reserved-path", f"https://example.org/v/{local_id}")
    ]
