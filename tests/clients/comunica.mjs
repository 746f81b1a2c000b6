// Runs one query with Comunica: node comunica.mjs '{"query": ..., "sources": [...]}'; the answer is JSON.
import { QueryEngine } from "@comunica/query-sparql";

const { query, sources } = JSON.parse(process.argv[2]);
const result = await new QueryEngine().query(query, { sources });

const term = (each) => ({ type: each.termType, value: each.value, lang: each.language ?? "" });
let answer;
if (result.resultType === "bindings") {
  answer = (await (await result.execute()).toArray()).map((row) =>
    Object.fromEntries([...row].map(([variable, value]) => [variable.value, term(value)])),
  );
} else if (result.resultType === "quads") {
  answer = (await (await result.execute()).toArray()).map((quad) => [
    term(quad.subject),
    term(quad.predicate),
    term(quad.object),
  ]);
} else {
  answer = await result.execute();
}
process.stdout.write(JSON.stringify(answer));
