// One small drawing for each state, in the colour of the text around it. The word always stands beside it.

import { html } from "./html.js";

const DRAWINGS = {
  ok: ["M3.5 8.5l3 3 6-7"],
  used_up: ["M8 2.5a5.5 5.5 0 1 0 .01 0z", "M4.2 4.2l7.6 7.6"],
  blocked: ["M8 2.5a5.5 5.5 0 1 0 .01 0z", "M4.2 4.2l7.6 7.6"],
  pending: ["M4 8h.01M8 8h.01M12 8h.01"],
  login_required: ["M3.5 7.5h9v6h-9z", "M5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2"],
  wrong_account: ["M3 5.5h9M9.5 3l2.5 2.5L9.5 8", "M13 10.5H4M6.5 8L4 10.5l2.5 2.5"],
  error: ["M8 2.5l6 10.5H2z", "M8 6.5v3M8 11.3h.01"],
  stale: ["M8 2.5a5.5 5.5 0 1 0 .01 0z", "M8 5v3.2l2.2 1.3"],
  disabled: ["M4 8h8"],
  update: ["M13 8a5 5 0 1 1-1.6-3.7L13 5.8", "M13 2.6v3.2H9.8"],
  copy: ["M5.5 5.5h7v8h-7z", "M3.5 10.5v-8h7"],
  copied: ["M3.5 8.5l3 3 6-7"],
};

export function Icon({ name }) {
  return html`
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      ${(DRAWINGS[name] ?? []).map((path) => html`<path d=${path} />`)}
    </svg>
  `;
}
