// The browsers that are signed in.

import { html } from "../html.js";
import { EndButton, When, Record } from "./record.js";
import { endSession } from "./requests.js";
import { tokenName } from "./token-name.js";

const SECTION = "sessions";

export function Sessions({ words, standing, now, ask }) {
  const links = new Set(standing.tokens.filter(({ source }) => source === "signin_link").map(({ id }) => id));
  return html`
    <section aria-labelledby=${SECTION}>
      <h2 id=${SECTION} tabindex="-1">${words.text("session.title")}</h2>
      <ul class="records">
        ${standing.sessions.map((session) => html`
          <${Session} key=${session.id} ...${{ words, now, ask, session }} isByLink=${links.has(session.token_id)} />
        `)}
      </ul>
    </section>
  `;
}

function Session({ words, now, ask, session, isByLink }) {
  const way = isByLink ? words.text("session.by_link") : words.text("session.by_token", { id: session.token_id });
  const name = tokenName(words, session);
  const times = html`
    <${When} words=${words} text="session.since" at=${session.created_at} now=${now} />
    <${When} words=${words} text="session.seen" at=${session.last_seen_at} now=${now} />
  `;
  return html`
    <${Record} name=${name} badge=${session.current && words.text("session.current")} detail=${way} times=${times} testId="session">
      ${!session.current && html`
        <${EndButton} label=${words.text("session.end")} name=${`${name} ${way}`} testId="end-session"
          press=${() => ask(ending(words, session, { name: `${name} ${way}`, isByLink }))} />
      `}
    </${Record}>
  `;
}

function ending(words, session, { name, isByLink }) {
  return {
    title: words.text("session.end_title"),
    lines: [name, words.text("session.end_text"), words.text(isByLink ? "session.end_link" : "session.end_token")],
    label: words.text("session.end"),
    act: () => endSession(session.id),
    done: words.text("session.end_done"),
    section: SECTION,
  };
}
