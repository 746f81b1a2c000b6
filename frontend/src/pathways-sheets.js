// Style sheets that are made by script: a page whose policy allows no inline styles allows these.

const sheets = new Map();

export function sheetOf(text) {
  if (!sheets.has(text)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    sheets.set(text, sheet);
  }
  return sheets.get(text);
}
