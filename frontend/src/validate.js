// The page /validate: validates while one types, and shows the results at their lines. Without this script the
// form works by itself.
import { announce, element } from "./elements.js";
import { makeSheet } from "./sheet.js";
import { _, number } from "./words.js";

const PAUSE = 300;
const KINDS = ["must-fix", "should-fix", "tip"];

function start() {
  const form = document.getElementById("validate");
  const embedded = document.getElementById("validate-page");
  if (!form || !embedded) return;
  const page = JSON.parse(embedded.textContent);
  const { text, file, input_format: format } = form.elements;
  const report = document.getElementById("report");
  const status = document.getElementById("status");
  const example = document.getElementById("example");
  const sheet = makeSheet(document.getElementById("sheet"), text, showResult);
  let running = null;
  let timer = 0;
  let pausedUntil = 0;
  let seen = text.value; // what the report on the page is about

  example.form.querySelector("button").hidden = true;
  document.getElementById("drop-help").hidden = false;

  function tell(message, failed = false) {
    status.classList.toggle("notice", failed);
    status.classList.toggle("hidden", !failed);
    announce(status, message);
  }

  function request(options) {
    const body = new FormData(form);
    body.set("part", "report");
    if (options.fix) body.set("fix", options.fix);
    if (options.file) body.delete("text");
    else body.delete("file");
    return body;
  }

  async function check(options = {}) {
    clearTimeout(timer);
    running?.abort();
    const controller = (running = new AbortController());
    const asked = text.value;
    report.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: request(options),
        headers: { Accept: "application/problem+json, text/html;q=0.9" },
        signal: controller.signal,
      });
      const body = await response.text();
      if (running !== controller) return;
      if (response.headers.get("Content-Type")?.startsWith("text/html")) show(body, asked, options);
      else refuse(JSON.parse(body), Number(response.headers.get("Retry-After")), options);
    } catch (error) {
      if (running !== controller) return;
      tell(_("The document could not be sent (%(why)s).", { why: error.message }), true);
    } finally {
      if (running === controller) {
        running = null;
        report.removeAttribute("aria-busy");
      }
    }
  }

  function show(body, asked, options) {
    const shown = new DOMParser().parseFromString(body, "text/html");
    const fixed = shown.getElementById("fixed-text");
    fixed?.remove();
    report.replaceChildren(...shown.body.childNodes);
    if (fixed) sheet.replace(fixed.textContent);
    seen = fixed ? text.value : asked;
    decorate();
    const verdict = report.querySelector(".verdict");
    tell([report.querySelector(".fixed"), verdict?.querySelector("p")].map((each) => each?.textContent ?? "").join(" ").trim());
    if (options.fix) verdict?.focus();
  }

  // Too much at once, too long, nothing to be read: what was shown is of another text.
  function refuse(problem, seconds, options) {
    tell(problem.detail ?? problem.title, true);
    report.replaceChildren();
    sheet.mark([]);
    if (!seconds) return;
    pausedUntil = Date.now() + seconds * 1000;
    if (options.live) timer = setTimeout(() => check({ live: true }), seconds * 1000);
  }

  function decorate() {
    const places = [];
    for (const result of report.querySelectorAll(".result[data-line]")) {
      const line = Number(result.dataset.line);
      const column = Number(result.dataset.column);
      const place = result.querySelector(".place");
      const jump = element("button", { type: "button", class: "choice place" }, place.textContent);
      place.replaceWith(jump);
      const go = () => sheet.go(line, column);
      jump.addEventListener("click", go);
      result.addEventListener("click", (event) => {
        if (!event.target.closest("a, button, pre") && !String(getSelection())) go();
      });
      places.push({ line, kind: KINDS.find((kind) => result.classList.contains(kind)), result });
    }
    report.querySelector(".verdict")?.setAttribute("tabindex", "-1");
    report.classList.remove("stale");
    sheet.mark(places);
  }

  function showResult(result) {
    result.scrollIntoView({ block: "nearest" });
    result.querySelector("button")?.focus({ preventScroll: true });
  }

  function reset() {
    running?.abort();
    running = null;
    report.removeAttribute("aria-busy");
    report.replaceChildren(element("p", { class: "muted" }, _("The report appears here.")));
    report.classList.remove("stale");
    sheet.mark([]);
    tell("");
  }

  function typed() {
    clearTimeout(timer);
    sheet.draw();
    if (!text.value.trim()) return reset();
    report.classList.add("stale");
    if (text.value.length > page.live) return tell(_("The text is long: it is validated when you ask for it."), true);
    timer = setTimeout(() => check({ live: true }), Math.max(PAUSE, pausedUntil - Date.now()));
  }

  async function take(chosen) {
    const suffix = chosen.name.split(".").pop().toLowerCase();
    if (chosen.size > page.largest) {
      return tell(_("The file has %(size)s bytes; at most %(most)s are validated here.", { size: number(chosen.size), most: number(page.largest) }), true);
    }
    format.value = page.suffixes[suffix] ?? "";
    const content = chosen.size > page.shown ? null : decoded(await chosen.arrayBuffer());
    if (content === null) {
      // Too long to be shown, or in another encoding, of which the server tells.
      const transfer = new DataTransfer();
      transfer.items.add(chosen);
      file.files = transfer.files;
      sheet.replace("");
      return check({ file: true });
    }
    file.value = "";
    sheet.replace(content);
    return check();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fix = event.submitter?.name === "fix" ? event.submitter.value : "";
    const sendsFile = file.files.length > 0 && !text.value;
    if (fix && !sendsFile && text.value !== seen) {
      check();
      tell(_("The text has changed since; it is validated again."));
    } else if (sendsFile || text.value.trim()) check({ fix, file: sendsFile });
    else tell(_("There is nothing to validate yet."), true);
  });
  text.addEventListener("input", typed);
  text.addEventListener("paste", () => {
    if (text.selectionStart === 0 && text.selectionEnd === text.value.length) format.value = "";
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  file.addEventListener("change", () => file.files.length && take(file.files[0]));
  for (const name of ["input_format", "against"]) {
    form.elements[name].addEventListener("change", () => text.value.trim() && check());
  }
  for (const each of form.querySelectorAll("[name=shapes]")) {
    each.addEventListener("change", () => text.value.trim() && check());
  }
  example.addEventListener("change", () => {
    const chosen = page.examples[example.value];
    if (!chosen) return;
    format.value = chosen.format;
    file.value = "";
    sheet.replace(chosen.text);
    check();
  });
  offerDrop(document.getElementById("sheet"), take);

  sheet.draw();
  if (report.querySelector(".verdict")) decorate();
  else if (text.value.trim() && status.hidden) check();
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    return null;
  }
}

function offerDrop(place, take) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    place.addEventListener(name, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      place.classList.add("dropping");
    });
  }
  place.addEventListener("dragleave", (event) => {
    if (!place.contains(event.relatedTarget)) place.classList.remove("dropping");
  });
  place.addEventListener("drop", (event) => {
    place.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}

start();
