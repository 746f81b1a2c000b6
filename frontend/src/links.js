// Addresses that open a query.
import { announce } from "./elements.js";
import { _ } from "./words.js";

const LONGEST = 8000; // Longer addresses are cut or refused by some programs; a fragment stays in the browser.

export function permalink(page, query) {
  const asked = new URLSearchParams({ query }).toString();
  return asked.length <= LONGEST ? `${page.endpoint}?${asked}` : `${page.endpoint}#${asked}`;
}

export function queryOfFragment() {
  return new URLSearchParams(location.hash.slice(1)).get("query");
}

export async function copyLink(address, button, status) {
  try {
    await navigator.clipboard.writeText(address);
    announce(status, _("The link is copied."));
  } catch {
    // The clipboard is closed to pages that are not served over https.
    window.prompt(_("Copy this link:"), address);
    button.focus();
  }
}

export function download(page, query, format) {
  const asked = new URLSearchParams({ query, format }).toString();
  return asked.length <= LONGEST ? `${page.endpoint}?${asked}` : null;
}
