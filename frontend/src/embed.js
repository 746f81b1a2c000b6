// Puts a button before every snippet that copies its text; without it the text is marked and copied by hand.
const SHOWN = 2000;

function withButton(pre) {
  const button = document.createElement("button");
  const said = document.createElement("span");
  const { copy, copied } = pre.dataset;
  const label = (word) => {
    button.textContent = word;
    button.setAttribute("aria-label", `${word}: ${heading(pre)}`);
  };
  button.type = "button";
  button.className = "copy quiet";
  label(copy);
  said.className = "hidden";
  said.setAttribute("role", "status");
  pre.before(button, said);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      mark(pre); // the clipboard is for secure pages only, or was refused
      return;
    }
    said.textContent = copied;
    label(copied);
    setTimeout(() => {
      said.textContent = "";
      label(copy);
    }, SHOWN);
  });
}

function heading(pre) {
  const label = pre.getAttribute("aria-labelledby");
  return label ? document.getElementById(label).textContent : pre.getAttribute("aria-label");
}

function mark(pre) {
  const selection = getSelection();
  selection.selectAllChildren(pre);
  pre.focus();
}

for (const pre of document.querySelectorAll("pre[data-copy]")) withButton(pre);
