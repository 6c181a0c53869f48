// Keys that do something wherever the focus is, but in a field, where they are letters.

import { html, useEffect, useRef } from "./html.js";

const FIELDS = "input, select, textarea, dialog";

// `actions` by key, as `event.key` has it. One that gives false did nothing: the key does what it does everywhere.
export function useKeys(actions) {
  const current = useRef(actions);
  current.current = actions;
  useEffect(() => {
    const act = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      // Behind an open dialog the page rests, wherever somebody has clicked in it.
      if (document.querySelector("dialog[open]")) return;
      if (event.target.closest?.(FIELDS) || !Object.hasOwn(current.current, event.key)) return;
      if (current.current[event.key](event) !== false) event.preventDefault();
    };
    addEventListener("keydown", act);
    return () => removeEventListener("keydown", act);
  }, []);
}

// What the keys do; `?` opens it.
export function KeyHelp({ words, keys }) {
  const dialog = useRef(null);
  const open = () => dialog.current.showModal();
  useKeys({ "?": open });
  return html`
    <button type="button" class="link" data-testid="key-help" onClick=${open}>${words.text("keys.title")}</button>
    <dialog class="keys" ref=${dialog} aria-labelledby="keys-title" data-testid="keys">
      <h2 id="keys-title">${words.text("keys.title")}</h2>
      <dl>
        ${keys.map((key) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${words.text(`keys.${key}`)}</dd></div>`)}
      </dl>
      <form method="dialog"><button class="primary">${words.text("keys.close")}</button></form>
    </dialog>
  `;
}
