// YASQE in the place of the text field. It asks no other host for anything: the completers that would are left out.
import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import "./sparql.css";
import { namesCompleter, prefixCompleter, termsCompleter } from "./completion.js";
import { _ } from "./words.js";

const MARK = "wrong-line";

export function makeEditor(textarea, page, run) {
  Yasqe.defaults.autocompleters = [];
  Yasqe.registerAutocompleter(Yasqe.Autocompleters.variables);
  Yasqe.forkAutocompleter("prefixes", prefixCompleter(page));
  Yasqe.registerAutocompleter(namesCompleter(page));
  Yasqe.registerAutocompleter(termsCompleter(page));

  const place = document.createElement("div");
  place.className = "editor";
  textarea.after(place);
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const yasqe = new Yasqe(place, {
    value: textarea.value,
    persistenceId: null,
    createShareableLink: null,
    consumeShareLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "",
    screenReaderLabel: _("Query. Tab leaves the field."),
    extraKeys: {
      "Ctrl-Enter": run,
      "Cmd-Enter": run,
      // Tab and Escape belong to the page: nobody gets stuck in the field.
      Tab: false,
      "Shift-Tab": false,
      Esc: false,
      "Ctrl-S": false,
    },
  });
  textarea.hidden = true;
  const focus = () => yasqe.focus();
  label?.addEventListener("click", focus);
  yasqe.on("change", () => {
    textarea.value = yasqe.getValue();
    clearMark();
  });

  let marked = null;
  function clearMark() {
    if (marked) yasqe.removeLineClass(marked, "wrap", MARK);
    marked = null;
  }

  return {
    query: () => yasqe.getValue(),
    save: () => {
      textarea.value = yasqe.getValue();
    },
    load: (query) => yasqe.setValue(query),
    focus,
    addPrefix: (name, iri) => {
      yasqe.addPrefixes({ [name]: iri });
      yasqe.focus();
    },
    mark: (line, column) => {
      clearMark();
      marked = yasqe.addLineClass(line - 1, "wrap", MARK);
      yasqe.getDoc().setCursor({ line: line - 1, ch: Math.max(0, (column ?? 1) - 1) });
      yasqe.focus();
    },
    clearMark,
    close: () => {
      textarea.value = yasqe.getValue();
      label?.removeEventListener("click", focus);
      place.remove();
      textarea.hidden = false;
      return null;
    },
  };
}
