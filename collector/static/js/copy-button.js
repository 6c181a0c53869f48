// Something to type, and a button that copies it. What is copied may be more than what is shown: see the privacy switch.
// `name` stands for it where it is too long to be read out.

import { html, useEffect, useState } from "./html.js";
import { Icon } from "./icons.js";

const SHOWN_MILLISECONDS = 2_000;

export function CopyButton({ words, command, shown, name = shown }) {
  return html`
    <span class="command">
      <code data-testid="command">${shown}</code>
      <${CopyIcon} words=${words} text=${command} name=${name} />
    </span>
  `;
}

export function CopyIcon({ words, text, name }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = async (event) => {
    const button = event.currentTarget;
    setCopied(await copyText(text, button));
  };
  const label = words.text(isCopied ? "copy.done" : "copy.do");
  return html`
    <button type="button" class="icon-button" title=${label} aria-label=${`${label}: ${name}`} onClick=${copy}>
      <${Icon} name=${isCopied ? "copied" : "copy"} />
    </button>
    <span class="for-readers" role="status">${isCopied ? words.text("copy.done") : ""}</span>
  `;
}

// Browsers have the clipboard over https and on loopback only; elsewhere the old way still works.
async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, button);
  }
}

// Beside an open dialog nothing can be selected.
function copyBySelection(text, button) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "for-readers";
  (button.closest("dialog") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  button.focus();
  return isCopied;
}
