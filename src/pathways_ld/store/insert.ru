# Adds statements in N-Triples syntax to a graph.
INSERT DATA { GRAPH <$graph> {
$statements} }
