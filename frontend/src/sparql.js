// The page /sparql: turns the plain form into an editor. Without this script the form works by itself.
import { copyLink, permalink, queryOfFragment } from "./links.js";
import { makeEditor } from "./editor.js";
import { offerExamples } from "./examples.js";
import { ask } from "./asking.js";
import { element, announce } from "./elements.js";
import { showAnswer, showProblem } from "./answers.js";
import { _ } from "./words.js";

const PLAIN = "pathways-plain-query";

function start() {
  const form = document.getElementById("sparql");
  const embedded = document.getElementById("sparql-page");
  if (!form || !embedded) return;
  const page = JSON.parse(embedded.textContent);
  const textarea = form.elements.query;
  const answer = document.getElementById("answer");
  const status = document.getElementById("status");
  textarea.value = queryOfFragment() ?? textarea.value;

  const run = form.querySelector("button");
  const stop = element("button", { type: "button", class: "quiet", hidden: true }, _("Stop"));
  const share = element("button", { type: "button", class: "quiet" }, _("Copy link"));
  const prefix = element(
    "select",
    { id: "prefix", "aria-label": _("Add a prefix") },
    element("option", { value: "" }, _("Add a prefix …")),
    ...Object.keys(page.prefixes).map((name) => element("option", { value: name }, `${name}:`)),
  );
  const plain = element("input", { type: "checkbox", id: "plain" });
  run.after(stop, share, prefix, element("label", { class: "inline", for: "plain" }, plain, ` ${_("Plain text field")}`));

  let editor = null;
  let running = null;

  function toggle() {
    const wanted = !plain.checked;
    remember(PLAIN, plain.checked);
    if (wanted && !editor) editor = makeEditor(textarea, page, () => form.requestSubmit(run));
    else if (!wanted && editor) editor = editor.close();
  }

  async function submit() {
    running?.abort();
    const controller = (running = new AbortController());
    const query = editor ? editor.query() : textarea.value;
    const started = performance.now();
    editor?.clearMark();
    answer.replaceChildren();
    answer.setAttribute("aria-busy", "true");
    stop.hidden = false;
    announce(status, _("Running …"));
    try {
      const found = await ask(page, query, controller.signal);
      if (running !== controller) return;
      const seconds = (performance.now() - started) / 1000;
      history.replaceState(null, "", permalink(page, query));
      showAnswer(answer, found, { page, query });
      announce(status, `${found.summary} ${seconds.toFixed(seconds < 1 ? 2 : 1)} s.`);
    } catch (problem) {
      if (running !== controller) return;
      if (problem.name === "AbortError") announce(status, _("Stopped."));
      else {
        announce(status, "");
        showProblem(answer, problem);
        if (problem.line) editor?.mark(problem.line, problem.column);
      }
    } finally {
      if (running === controller) {
        running = null;
        stop.hidden = true;
        answer.removeAttribute("aria-busy");
      }
    }
  }

  form.addEventListener("submit", (event) => {
    if (editor) editor.save();
    if (form.elements.format.value !== "html") return; // the browser shows or saves the other formats
    event.preventDefault();
    submit();
  });
  stop.addEventListener("click", () => {
    running?.abort();
    run.focus();
  });
  share.addEventListener("click", () => {
    const query = editor ? editor.query() : textarea.value;
    copyLink(new URL(permalink(page, query), location.href).href, share, status);
  });
  prefix.addEventListener("change", () => {
    const name = prefix.value;
    prefix.value = "";
    if (name) addPrefix(editor, textarea, name, page.prefixes[name]);
  });
  plain.addEventListener("change", toggle);
  window.addEventListener("hashchange", () => {
    const query = queryOfFragment();
    if (query !== null) replace(query);
  });

  function replace(query) {
    textarea.value = query;
    editor?.load(query);
  }

  offerExamples(document.getElementById("examples"), page, (example) => {
    replace(example.query);
    history.replaceState(null, "", example.url);
    announce(status, `“${example.title}” is in the editor.`);
    editor ? editor.focus() : textarea.focus();
  });
  plain.checked = recall(PLAIN);
  toggle();
  document.getElementById("keys").hidden = false;
}

function addPrefix(editor, textarea, name, iri) {
  if (editor) {
    editor.addPrefix(name, iri);
    return;
  }
  const declared = new RegExp(`^\\s*PREFIX\\s+${name}:`, "im");
  if (!declared.test(textarea.value)) textarea.value = `PREFIX ${name}: <${iri}>\n${textarea.value}`;
  textarea.focus();
}

// Storage may be refused altogether; the choice then lasts as long as the page.
function remember(name, value) {
  try {
    value ? localStorage.setItem(name, "1") : localStorage.removeItem(name);
  } catch {}
}

function recall(name) {
  try {
    return localStorage.getItem(name) === "1";
  } catch {
    return false;
  }
}

start();
