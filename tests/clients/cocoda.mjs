// Calls methods of a provider of cocoda-sdk: {"registry": {...}, "calls": [["getTop", {...}], ...]} comes in, a list
// with a result, or {"error": ...}, for each call goes out.
import { readFileSync } from "node:fs";
import { addAllProviders, cdk } from "cocoda-sdk";

addAllProviders();
const { registry, calls } = JSON.parse(readFileSync(0, "utf-8"));
const provider = cdk.initializeRegistry(registry);
const results = [];
for (const [method, options] of calls) {
  try {
    results.push(await provider[method](options));
  } catch (error) {
    results.push({ error: `${error.name}: ${error.message} ${error.relatedError ?? ""}` });
  }
}
// What the client adds for itself begins with "_" and leads round in circles.
const own = (key, value) => (key.startsWith("_") ? undefined : value);
process.stdout.write(JSON.stringify(results, own));
