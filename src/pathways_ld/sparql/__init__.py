"""SPARQL 1.1 Query: what is refused before it runs, and how it is run (https://www.w3.org/TR/sparql11-query/)."""
