// What the elements say themselves, in the languages they know; content has languages of its own.

const WORDS = {
  en: {
    deprecated: "Deprecated",
    use: "Use",
    instead: "instead",
    unknown: "This term is not in the vocabulary.",
    withdrawn: "This term was withdrawn.",
    unreachable: "The vocabulary cannot be reached.",
    free: "Names cannot be looked up now. What you type is kept as text.",
    term: "Term",
    terms: "Terms",
    chosen: "Chosen terms",
    none: "No term begins so.",
    one: "1 term, choose with the arrow keys",
    many: (count) => `${count} terms, choose with the arrow keys`,
    meant: (words) => `nearest words: ${words}`,
    added: (label) => `${label} chosen`,
    removed: (label) => `${label} removed`,
    remove: (label) => `Remove ${label}`,
    required: "Choose a term.",
    strict: "Choose one of the terms that are offered.",
    text: "text",
  },
  es: {
    deprecated: "Obsoleto",
    use: "Use",
    instead: "en su lugar",
    unknown: "Este término no está en el vocabulario.",
    withdrawn: "Este término fue retirado.",
    unreachable: "No se puede acceder al vocabulario.",
    free: "Ahora no se pueden buscar nombres. Lo que escriba se conserva como texto.",
    term: "Término",
    terms: "Términos",
    chosen: "Términos elegidos",
    none: "Ningún término empieza así.",
    one: "1 término, elija con las flechas",
    many: (count) => `${count} términos, elija con las flechas`,
    meant: (words) => `palabras más cercanas: ${words}`,
    added: (label) => `${label}: elegido`,
    removed: (label) => `${label}: quitado`,
    remove: (label) => `Quitar ${label}`,
    required: "Elija un término.",
    strict: "Elija uno de los términos ofrecidos.",
    text: "texto",
  },
};

export function wordsIn(lang) {
  return WORDS[lang.toLowerCase().split("-")[0]] ?? WORDS.en;
}
