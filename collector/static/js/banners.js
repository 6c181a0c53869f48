// Sentences about the page as a whole.

import { html } from "./html.js";

// What the server knows about itself: a demo, or plain http where others may listen.
export function SiteBanners({ words, site }) {
  return html`
    ${site.isInsecure && html`<p class="banner warning" data-testid="insecure">${words.text("banner.insecure")}</p>`}
    ${site.isDemo && html`<p class="banner" data-testid="demo">${words.text("banner.demo")}</p>`}
  `;
}

// What happens just now. Lies over the foot of the page, so that nothing moves when it comes and goes. `lost.since` is null
// if nothing ever came. How a wish for fresh readings goes is seen at the accounts; here it is said to those who listen.
export function StatusBanner({ words, lost, notice }) {
  return html`
    <div class="connection" role="status">
      <div data-testid="connection">${lost && html`<p>${lostText(words, lost.since)}</p>`}</div>
      <div class=${notice?.name === "failed" ? "" : "for-readers"} data-testid="notice">
        ${notice && html`<p>${noticeText(words, notice)}</p>`}
      </div>
    </div>
  `;
}

function lostText(words, since) {
  if (since === null) return words.text("connection.none");
  return words.text("connection.lost", { time: words.clockTime(since) });
}

function noticeText(words, { name, count, counts = {} }) {
  const outcomes = Object.entries(counts).map(([outcome, number]) => words.text(`outcome.${outcome}`, { count: number }));
  return words.text(`notice.${name}`, { count, outcomes: words.list(outcomes) });
}
