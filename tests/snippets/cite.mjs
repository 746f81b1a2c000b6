// Reads a citation from standard input as a reference manager does; writes what it understood, and a reference in APA.
import { text } from "node:stream/consumers";
import { Cite } from "@citation-js/core";
import "@citation-js/plugin-bibtex";
import "@citation-js/plugin-csl";

const cite = new Cite(await text(process.stdin));
const reference = cite.format("bibliography", { format: "text", template: "apa", lang: "en-US" });
process.stdout.write(JSON.stringify({ items: cite.data, reference }));
