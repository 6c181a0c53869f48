// The tokens that open the API: made, listed, revoked.

import { html } from "../html.js";
import { NewToken } from "./new-token.js";
import { EndButton, When, Record } from "./record.js";
import { revokeToken } from "./requests.js";
import { tokenName } from "./token-name.js";

const SECTION = "tokens";

export function Tokens({ words, standing, now, ask, goToLogin, readAgain }) {
  // That of a sign-in link is nobody's to use: it comes and goes with its session.
  const known = standing.tokens.filter(({ source }) => source !== "signin_link");
  const revoked = known.filter(isRevoked);
  const shared = { words, standing, now, ask };
  return html`
    <section aria-labelledby=${SECTION}>
      <h2 id=${SECTION} tabindex="-1">${words.text("token.title")}</h2>
      <${NewToken} words=${words} goToLogin=${goToLogin} onMade=${readAgain} />
      <ul class="records">
        ${known.filter((token) => !isRevoked(token)).map((token) => html`<${Token} key=${token.id} ...${shared} token=${token} />`)}
      </ul>
      ${revoked.length > 0 && html`
        <details class="revoked" data-testid="revoked">
          <summary>${words.text("token.revoked", { count: revoked.length })}</summary>
          <ul class="records">${revoked.map((token) => html`<${Token} key=${token.id} ...${shared} token=${token} />`)}</ul>
        </details>
      `}
    </section>
  `;
}

function Token({ words, standing, now, ask, token }) {
  const name = tokenName(words, token);
  const isOwn = standing.sessions.some(({ current, token_id: id }) => current && id === token.id);
  const times = html`
    <${When} words=${words} text="token.made" at=${token.created_at} now=${now} />
    <${When} words=${words} text="token.used" at=${token.last_used_at} never=${words.text("token.unused")} now=${now} />
  `;
  const press = () => ask(revocation(words, token, name, { sessions: standing.sessions, isOwn }));
  return html`
    <${Record} name=${name} badge=${isOwn && words.text("token.own")} detail=${token.id} times=${times} testId="token">
      ${isRevoked(token) && html`<${When} words=${words} text="token.revoked_at" at=${token.revoked_at} now=${now} />`}
      ${token.source === "environment" && !isRevoked(token) && html`<p>${words.text("token.from_environment")}</p>`}
      ${token.source !== "environment" && !isRevoked(token) && html`
        <${EndButton} label=${words.text("token.revoke")} name=${`${name} ${token.id}`} press=${press} testId="revoke" />
      `}
    </${Record}>
  `;
}

function revocation(words, token, name, { sessions, isOwn }) {
  const count = sessions.filter(({ token_id: id }) => id === token.id).length;
  const lines = [
    token.kind === "agent" ? words.text("revoke.agent", { host: token.host }) : words.text("revoke.person"),
    count > 0 && words.text("revoke.sessions", { count }),
    isOwn && words.text("revoke.own"),
  ];
  return {
    title: words.text("revoke.title", { name: `${name} ${token.id}` }),
    lines: lines.filter(Boolean),
    label: words.text("token.revoke"),
    act: () => revokeToken(token.id),
    done: words.text("revoke.done"),
    section: SECTION,
  };
}

function isRevoked({ revoked_at: at }) {
  return at !== null;
}
