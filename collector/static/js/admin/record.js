// One line of a list: what it is, since when, and a button that ends it.

import { html } from "../html.js";
import { ageText, parseTime } from "../times.js";

// `detail` tells it from others of its name.
export function Record({ name, badge, detail, times, testId, children }) {
  return html`
    <li class="record" data-testid=${testId}>
      <div class="what">
        <strong>${name}</strong> ${badge && html`<span class="badge">${badge}</span>`}
        ${detail && html`<span class="detail">${detail}</span>`}
      </div>
      ${times}
      <div class="end">${children}</div>
    </li>
  `;
}

// `text` says an age, as `made {age}`; `never` is said where there is no time.
export function When({ words, text, at, never, now }) {
  const time = parseTime(at);
  if (time === null) return html`<div class="when">${never}</div>`;
  return html`
    <div class="when">
      ${words.text(text, { age: ageText(words, now - time) })} <time datetime=${at}>${words.moment(time)}</time>
    </div>
  `;
}

// `name`: what it is that ends, for those who do not see what the button stands beside.
export function EndButton({ label, name, press, testId }) {
  return html`
    <button type="button" aria-label=${`${label}: ${name}`} data-testid=${testId} onClick=${press}>${label}</button>
  `;
}
