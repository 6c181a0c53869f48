// What the provider answered, word for word; fetched when somebody unfolds it.

import { fetchAccount } from "../api.js";
import { CopyIcon } from "../copy-button.js";
import { html, useState } from "../html.js";
import { useAnswer } from "./answer.js";

export function RawAnswer({ words, reading, mask, goToLogin }) {
  const [isOpen, setOpen] = useState(false);
  return html`
    <section class="raw" aria-labelledby="raw-title">
      <details data-testid="raw" onToggle=${(event) => setOpen(event.currentTarget.open)}>
        <summary><h3 id="raw-title">${words.text("raw.title")}</h3></summary>
        ${isOpen && html`<${Answer} ...${{ words, reading, mask, goToLogin }} />`}
      </details>
    </section>
  `;
}

function Answer({ words, reading, mask, goToLogin }) {
  const { host, account_label: label } = reading.item;
  const { answer, isFailing } = useAnswer((signal) => fetchAccount({ host, label }, signal), [reading.item], goToLogin);
  if (answer === null) return html`<p class="muted" role="status">${words.text(isFailing ? "load.failed" : "loading")}</p>`;
  if (answer.raw === null) return html`<p class="muted">${words.text("window.unread")}</p>`;
  const text = JSON.stringify(answer.raw, null, 2);
  return html`
    <div class="raw-text">
      <${CopyIcon} words=${words} text=${text} name=${words.text("raw.title")} />
      <pre tabindex="0" aria-labelledby="raw-title" data-testid="raw-text">${mask.text(text)}</pre>
    </div>
  `;
}
