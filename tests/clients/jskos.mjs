// Checks JSKOS against its schemas: [["concept", {...}], ...] comes in, a list of what is wrong goes out.
import { readFileSync } from "node:fs";
import { validate } from "jskos-validate";

const wrong = [];
for (const [type, data] of JSON.parse(readFileSync(0, "utf-8"))) {
  if (!validate[type](data)) wrong.push(...validate[type].errorMessages.map((each) => `${type} ${data.uri}: ${each}`));
}
process.stdout.write(JSON.stringify(wrong));
