// How long ago something was; when exactly, for whoever points at it or comes to it with the keyboard.

import { html } from "../html.js";
import { ageText } from "../times.js";

export function Moment({ words, at, now, testId }) {
  return html`
    <button type="button" class="moment" data-testid=${testId}>
      ${ageText(words, now - at)} <span class="exact">${words.moment(at)}</span>
    </button>
  `;
}
