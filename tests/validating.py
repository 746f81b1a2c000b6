"""What the tests of ``/validate`` share: documents, and ways to send them."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

PREFIXES = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix ex: <https://example.org/crafts/> .\n"
)
GOOD = PREFIXES + (
    'ex:weaving a skos:Concept ; skos:inScheme ex:crafts ; skos:prefLabel "Weaving"@en ;\n'
    '  skos:definition "Making cloth on a loom."@en ; skos:topConceptOf ex:crafts .\n'
    'ex:crafts a skos:ConceptScheme ; skos:prefLabel "Crafts"@en ; skos:hasTopConcept ex:weaving .\n'
)
BAD = GOOD.replace('"Weaving"@en ;', '"Weaving"@en ;\n  skos:prefLabel "Loom weaving"@en ;')
SPACES = GOOD.replace('"Weaving"', '"Weaving  craft"')
HTML = "text/html"
TWO_LABELS = "S14-one-preferred-label-per-language"
OURS = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    "<https://w3id.org/pathways-ld/topic/job-clubs> a skos:Concept ;\n"
    '  skos:prefLabel "Job clubs"@en ; skos:broader <https://w3id.org/pathways-ld/topic/career-pathways> .\n'
)
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
[] a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:notation ; sh:minCount 1 ] .
"""
HANGING = SHAPES.replace(
    "sh:path skos:notation ; sh:minCount 1",
    'sh:path skos:prefLabel ; sh:pattern "^(([a-z])+.)+[A-Z]([a-z])+$"',
)
HANGS = GOOD.replace('"Weaving"', f'"{"a" * 60}"')


def send(
    client: FlaskClient,
    document: str | bytes,
    content_type: str = "text/turtle",
    query: str = "",
    **headers: str,
) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/validate{query}", data=document, content_type=content_type, headers=named)


def form(client: FlaskClient, accept: str = "application/json", **fields: Any) -> TestResponse:
    """Send a form; not as the test client does, which leaves a temporary file of a large one open."""
    parts = {
        name: FileStorage(value[0], value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    boundary, body = encode_multipart(parts)
    return send(client, body, f"multipart/form-data; boundary={boundary}", Accept=accept)


def rules(response: TestResponse) -> list[str]:
    assert response.status_code == 200, response.text
    return [each["rule"] for each in json.loads(response.data)["results"]]
