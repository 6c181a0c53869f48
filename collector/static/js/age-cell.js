// How old what is known of an account is.

import { html } from "./html.js";
import { ageText } from "./times.js";

export function AgeCell({ words, reading, now }) {
  const { readAt, attemptedAt, item, isCurrent } = reading;
  if (readAt === null && attemptedAt === null) return html`<span class="absent">–</span>`;
  const age = readAt === null ? words.text("age.never_read") : ageText(words, now - readAt);
  return html`
    <span class=${isCurrent ? "" : "past"} data-testid="age" title=${readAt === null ? undefined : words.moment(readAt)}>
      ${isCurrent || readAt === null ? age : words.text("age.read", { age })}
    </span>
    ${item.error && attemptedAt !== null && html`
      <span class="tried" data-testid="tried" title=${words.moment(attemptedAt)}>
        ${words.text("age.tried", { age: ageText(words, now - attemptedAt) })}
      </span>
    `}
  `;
}
