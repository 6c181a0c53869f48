// What this browser remembers: language, theme, and whether e-mails are hidden.

export const LANGUAGES = { en: "English", ja: "日本語" };
export const THEMES = ["auto", "light", "dark"];

const PREFIX = "csf.";

export function readPreferences() {
  return {
    language: oneOf(Object.keys(LANGUAGES), read("language")) ?? preferredLanguage(),
    theme: oneOf(THEMES, read("theme")) ?? "auto",
    isPrivate: read("private") === "yes",
  };
}

export function savePreference(name, value) {
  const [key, text] = name === "isPrivate" ? ["private", value ? "yes" : "no"] : [name, value];
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
