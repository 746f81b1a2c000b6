// IRIs as the pages of the server write them.
export function compact(iri, prefixes) {
  const cut = Math.max(iri.lastIndexOf("#"), iri.lastIndexOf("/")) + 1;
  const [namespace, local] = [iri.slice(0, cut), iri.slice(cut)];
  if (!local) return iri;
  for (const [prefix, known] of Object.entries(prefixes)) if (known === namespace) return `${prefix}:${local}`;
  return iri;
}

// The address of our own page about an IRI under the canonical base, which need not be where we are.
export function localAddress(iri, { base, root }) {
  if (!iri.startsWith(base)) return null;
  const [document, ...fragment] = iri.slice(base.length).split("#");
  const path = encodeURI(document).replace(/\?/g, "%3F").replace(/^\//, "%2F");
  const rest = fragment.length ? `#${encodeURI(fragment.join("#"))}` : "";
  return `${root}/${path}${rest}`;
}
