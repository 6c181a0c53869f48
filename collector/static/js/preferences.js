// What this browser remembers: language, theme, whether e-mails are hidden, and whether what is used is shown.

export const LANGUAGES = { en: "English", ja: "日本語" };
export const THEMES = ["auto", "light", "dark"];

const PREFIX = "csf.";
const SWITCHES = { isPrivate: "private", isUsed: "used" };

export function readPreferences() {
  return {
    language: oneOf(Object.keys(LANGUAGES), read("language")) ?? preferredLanguage(),
    theme: oneOf(THEMES, read("theme")) ?? "auto",
    isPrivate: read("private") === "yes",
    isUsed: read("used") === "yes",
  };
}

export function savePreference(name, value) {
  const key = SWITCHES[name] ?? name;
  const text = name in SWITCHES ? (value ? "yes" : "no") : value;
  try {
    localStorage.setItem(PREFIX + key, text);
  } catch {
    // Storage is closed to us: the choice lasts until the page is closed.
  }
}

export function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function preferredLanguage() {
  const spoken = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find((language) => language in LANGUAGES) ?? "en";
}

function read(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function oneOf(values, value) {
  return values.includes(value) ? value : null;
}
