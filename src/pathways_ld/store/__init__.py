"""Where SPARQL queries are evaluated: one protocol (`base`), an index of our own (`embedded`)."""
