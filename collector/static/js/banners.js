// Sentences about the page as a whole.

import { html } from "./html.js";

// What the server knows about itself: a demo, or plain http where others may listen.
export function SiteBanners({ words, site }) {
  return html`
    ${site.isInsecure && html`<p class="banner warning" data-testid="insecure">${words.text("banner.insecure")}</p>`}
    ${site.isDemo && html`<p class="banner" data-testid="demo">${words.text("banner.demo")}</p>`}
  `;
}

// Lies over the foot of the page, so that nothing moves when it comes and goes. `since` is null if nothing ever came.
export function ConnectionBanner({ words, lost }) {
  return html`
    <div class="connection" role="status" data-testid="connection">
      ${lost && html`<p>${lostText(words, lost.since)}</p>`}
    </div>
  `;
}

function lostText(words, since) {
  if (since === null) return words.text("connection.none");
  return words.text("connection.lost", { time: words.clockTime(since) });
}
