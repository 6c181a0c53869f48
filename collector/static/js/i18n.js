// The page's words in one language: texts from its JSON catalogue, numbers and times from Intl.

export async function loadWords(language) {
  const answer = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`no catalogue for ${language}`);
  return createWords(language, await answer.json());
}

// `text(key, values)` fills `{name}` from values; a text with plural forms takes the one for `values.count`.
export function createWords(language, catalogue) {
  const locale = regionalForm(language);
  const plural = new Intl.PluralRules(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const number = new Intl.NumberFormat(locale);
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  // In Japanese that of units has no comma at all.
  const list = new Intl.ListFormat(locale, { style: "short", type: language === "ja" ? "conjunction" : "unit" });
  const date = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
  const hour = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
  const clockTime = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  // English has the shorter narrow forms (2h 10m); in Japanese only the short ones read well (2 時間 10 分).
  const unitDisplay = language === "en" ? "narrow" : "short";
  // Made once each: making one takes longer than drawing a row.
  const units = {};

  function text(key, values = {}) {
    const entry = catalogue[key] ?? key;
    const template = typeof entry === "object" ? (entry[plural.select(values.count)] ?? entry.other) : entry;
    return template.replace(/\{(\w+)\}/g, (_, name) => write(values[name]));
  }

  function write(value) {
    return typeof value === "number" ? number.format(value) : String(value);
  }

  function unit(amount, name) {
    units[name] ??= new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay });
    return units[name].format(amount);
  }

  return {
    language,
    text,
    unit,
    has: (key) => Object.hasOwn(catalogue, key),
    // What something is called in this language; its own name where the language has no other.
    nameOf: (family, name) => (Object.hasOwn(catalogue, `${family}.${name}`) ? text(`${family}.${name}`) : name),
    number: (value) => number.format(value),
    percent: (value) => percent.format(value / 100),
    moment: (milliseconds) => moment.format(milliseconds),
    // From one moment to another; what both have in common stands once.
    range: (from, to) => moment.formatRange(from, to),
    date: (milliseconds) => date.format(milliseconds),
    hour: (milliseconds) => hour.format(milliseconds),
    clockTime: (milliseconds) => clockTime.format(milliseconds),
    list: (parts) => list.format(parts),
  };
}

// `en-GB` for somebody whose browser speaks it: times and numbers are written as at home.
function regionalForm(language) {
  return navigator.languages?.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language;
}
