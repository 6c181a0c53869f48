// What both pages share: preferences, words, and what the server says about itself.

import { loadWords } from "./i18n.js";
import { html, render, useEffect, useState } from "./html.js";
import { applyTheme, readPreferences, savePreference } from "./preferences.js";

const RETRY_MILLISECONDS = 5_000;

export function startPage(View) {
  const { demo, insecure, version } = document.documentElement.dataset;
  const site = { isDemo: demo !== undefined, isInsecure: insecure !== undefined, version: version ?? "" };
  render(html`<${Page} view=${View} site=${site} />`, document.getElementById("page"));
}

function Page({ view: View, site }) {
  const [preferences, setPreferences] = useState(readPreferences);
  const words = useWords(preferences.language);
  useEffect(() => applyTheme(preferences.theme), [preferences.theme]);
  const change = (name, value) => {
    savePreference(name, value);
    setPreferences((current) => ({ ...current, [name]: value }));
  };
  return words && html`<${View} words=${words} site=${site} preferences=${preferences} change=${change} />`;
}

// The words of the language before stay until the new ones are there.
function useWords(language) {
  const [words, setWords] = useState(null);
  useEffect(() => {
    let isWanted = true;
    const load = () =>
      loadWords(language).then(
        (loaded) => {
          if (!isWanted) return;
          document.documentElement.lang = language;
          setWords(loaded);
        },
        () => isWanted && setTimeout(load, RETRY_MILLISECONDS),
      );
    load();
    return () => {
      isWanted = false;
    };
  }, [language]);
  return words;
}
