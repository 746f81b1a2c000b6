"""Prefixes: the well-known namespaces, and the terms of them that the software itself looks at."""

from typing import Final

PREFIXES: Final[dict[str, str]] = {
    "adms": "http://www.w3.org/ns/adms#",
    "bibo": "http://purl.org/ontology/bibo/",
    "ceasn": "https://purl.org/ctdlasn/terms/",
    "ceterms": "https://purl.org/ctdl/terms/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "sssom": "https://w3id.org/sssom/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefix to namespace IRI. CTDL is https only: other spellings are different IRIs."""

WELL_KNOWN: Final[dict[str, str]] = {
    **PREFIXES,
    "cc": "http://creativecommons.org/ns#",
    "dcterms": "http://purl.org/dc/terms/",
    "dctype": "http://purl.org/dc/dcmitype/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "pav": "http://purl.org/pav/",
    "sdo": "https://schema.org/",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
"""Those and others that people know, and use without declaring them."""


class Namespace:
    """A namespace IRI; attributes and items are the IRIs in it: ``SKOS.prefLabel``, ``RDF["type"]``."""

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.iri + name

    def __getitem__(self, name: str) -> str:
        return self.iri + name


ADMS = Namespace(PREFIXES["adms"])
BIBO = Namespace(PREFIXES["bibo"])
DC = Namespace(PREFIXES["dc"])
DCAT = Namespace(PREFIXES["dcat"])
DCT = Namespace(PREFIXES["dct"])
FOAF = Namespace(PREFIXES["foaf"])
ORG = Namespace(PREFIXES["org"])
OWL = Namespace(PREFIXES["owl"])
PROV = Namespace(PREFIXES["prov"])
RDF = Namespace(PREFIXES["rdf"])
RDFS = Namespace(PREFIXES["rdfs"])
SCHEMA = Namespace(PREFIXES["schema"])
SH = Namespace(PREFIXES["sh"])
SKOS = Namespace(PREFIXES["skos"])
SKOSXL = Namespace(PREFIXES["skosxl"])
SSSOM = Namespace(PREFIXES["sssom"])
VANN = Namespace(PREFIXES["vann"])
VOID = Namespace(PREFIXES["void"])
XSD = Namespace(PREFIXES["xsd"])

STATUS_WITHDRAWN: Final = "http://purl.org/adms/status/Withdrawn"
"""The `adms:status` of a term that answers 410."""


def split_iri(iri: str) -> tuple[str, str]:
    """Split into namespace and local name after the last ``#`` or ``/``."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:cut], iri[cut:]


def compact(iri: str, prefixes: dict[str, str] | None = None) -> str:
    """Write an IRI as a CURIE where a prefix is known, else return it unchanged."""
    namespace, local = split_iri(iri)
    for prefix, candidate in (prefixes or PREFIXES).items():
        if candidate == namespace and local:
            return f"{prefix}:{local}"
    return iri
