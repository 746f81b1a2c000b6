// Bundles the editor and collects the licences of what goes into it: node build.mjs FOLDER
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "src", "pathways_ld", "web", "static", "dist");

// A style attribute in markup is what "style-src 'self'" refuses; the element alone says the same.
const STYLED = "<strong style='text-decoration:underline'>";
const withoutStyleAttributes = {
  name: "without-style-attributes",
  setup(bundle) {
    bundle.onLoad({ filter: /yasqe\.esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(STYLED)) {
        throw new Error(`${path} no longer holds ${STYLED}; look at how it marks words, then drop this step.`);
      }
      return { contents: source.replaceAll(STYLED, "<strong>"), loader: "js" };
    });
  },
};

// The styles of the components for other sites are texts in their module.
const stylesAsTexts = {
  name: "styles-as-texts",
  setup(bundle) {
    bundle.onLoad({ filter: /pathways-[a-z]+\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

// Some packages name their licence and leave its text out.
function named(licence, name) {
  if (licence !== "MIT") throw new Error(`${name} has no licence text, and "${licence}" is not known here; add its text.`);
  return `The package has no file with the text of its licence. It is this:\n\n${MIT}`;
}

async function licences() {
  const lock = JSON.parse(await readFile(join(here, "package-lock.json"), "utf8"));
  const parts = ["The SPARQL editor contains these packages, each under the licence that follows its name.\n"];
  for (const [folder, locked] of Object.entries(lock.packages)) {
    if (!folder || locked.dev || locked.devOptional || folder.includes("/@types/")) continue;
    const described = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const names = (await readdir(join(here, folder))).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
    const texts = await Promise.all(names.map((name) => readFile(join(here, folder, name), "utf8")));
    if (texts.length === 0) texts.push(named(described.license, described.name));
    const people = [described.author, ...(described.contributors ?? [])]
      .map((person) => (typeof person === "string" ? person : person?.name))
      .filter(Boolean);
    parts.push(
      [
        "=".repeat(80),
        `${described.name} ${described.version}`,
        `Licence: ${described.license ?? locked.license ?? "see below"}`,
        people.length ? `By: ${people.join(", ")}` : "",
        "",
        ...texts.map((text) => text.trim()),
        "",
      ].join("\n"),
    );
  }
  return parts.join("\n");
}

await mkdir(target, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { sparql: "src/sparql.js", validate: "src/validate.js", map: "src/map.js", tree: "src/tree.js", edit: "src/edit.js", embed: "src/embed.js", combobox: "src/combobox.js" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
  plugins: [withoutStyleAttributes],
});
await build({
  absWorkingDir: here,
  entryPoints: { pathways: "src/pathways.js" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  banner: { js: "/* pathways-term and pathways-picker, Apache-2.0; the sources are in frontend/src of pathways-ld */" },
  legalComments: "none",
  logLevel: "warning",
  plugins: [stylesAsTexts],
});
await writeFile(join(target, "LICENSES.txt"), await licences());
