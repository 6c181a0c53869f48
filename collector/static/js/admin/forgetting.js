// Hosts and accounts that are no more: out of sight, and if wanted out of the history too.

import { html } from "../html.js";
import { maskOf } from "../privacy.js";
import { accountKey } from "../reading.js";
import { durationText, parseTime } from "../times.js";
import { EndButton, Record } from "./record.js";
import { forgetAccount, forgetHost } from "./requests.js";

const SECTION = "forgetting";
const MOST_NAMED = 8;
const PLACEHOLDER = "LABEL";

export function Forgetting({ words, standing, readings, isPrivate, now, ask }) {
  const speaking = hostsWithTokens(standing.tokens);
  const gone = standing.hosts.filter(({ host, state }) => ["silent", "never"].includes(state) || !speaking.has(host));
  const isEmpty = gone.length === 0 && standing.removed.length === 0;
  return html`
    <section aria-labelledby=${SECTION}>
      <h2 id=${SECTION} tabindex="-1">${words.text("forget.title")}</h2>
      <p class="hint">${words.text("forget.hint")} <code>hostagent remove ${PLACEHOLDER}</code></p>
      ${isEmpty && html`<p data-testid="nothing-to-forget">${words.text("forget.none")}</p>`}
      <ul class="records">
        ${gone.map((host) => html`
          <${GoneHost} key=${host.host} ...${{ words, host, isPrivate, now, ask }} isSpeaking=${speaking.has(host.host)}
            members=${readings.filter(({ item }) => item.host === host.host)} />
        `)}
        ${standing.removed.map((account) => html`
          <${RemovedAccount} key=${accountKey(account)} ...${{ words, account, isPrivate, ask }} />
        `)}
      </ul>
    </section>
  `;
}

function hostsWithTokens(tokens) {
  return new Set(tokens.filter(({ revoked_at: at }) => at === null).map(({ host }) => host));
}

function GoneHost({ words, host: { host, silent_since: since }, isSpeaking, members, isPrivate, now, ask }) {
  const labels = members.map((reading) => shownLabel(reading, isPrivate));
  const why = !isSpeaking ? "no_token" : since === null ? "never" : "silent";
  const times = html`
    <div class="when">
      ${words.text(`forget.why.${why}`, { duration: since === null ? "" : durationText(words, now - parseTime(since)) })}
      ${since !== null && html`<time datetime=${since}>${words.moment(parseTime(since))}</time>`}
    </div>
    <div class="when">
      ${members.length === 0 && words.text("forget.accounts", { count: 0 })}
      ${members.length > 0 && html`
        <details data-testid="accounts-of-host">
          <summary>${words.text("forget.accounts", { count: members.length })}</summary>
          <ul>${members.map((reading, place) => html`
            <li key=${reading.key}>
              ${labels[place]}
              <${EndButton} label=${words.text("forget.do")} name=${labels[place]} testId="forget-account"
                press=${() => ask(forgettingOfAccount(words, reading.item, labels[place]))} />
            </li>
          `)}</ul>
        </details>
      `}
    </div>
  `;
  return html`
    <${Record} name=${host} times=${times} testId="gone-host">
      <${EndButton} label=${words.text("forget.do")} name=${host} testId="forget-host"
        press=${() => ask(forgettingOfHost(words, host, labels))} />
    </${Record}>
  `;
}

function RemovedAccount({ words, account, isPrivate, ask }) {
  const label = maskOf({ email: null, expectedEmail: account.expected_email }, isPrivate).label(account.account_label);
  const name = `${account.host} / ${label}`;
  return html`
    <${Record} name=${name} times=${html`<div class="when wide">${words.text("forget.removed")}</div>`} testId="removed-account">
      <${EndButton} label=${words.text("forget.purge")} name=${name} testId="purge"
        press=${() => ask(purging(words, account, label))} />
    </${Record}>
  `;
}

function forgettingOfHost(words, host, labels) {
  const named = labels.length > MOST_NAMED ? [...labels.slice(0, MOST_NAMED), "…"] : labels;
  return {
    title: words.text("forget.host_title", { host }),
    lines: [
      labels.length > 0 && words.text("forget.host_text", { count: labels.length, labels: words.list(named) }),
      words.text("forget.host_tokens"),
    ].filter(Boolean),
    choice: words.text("forget.with_history"),
    label: words.text("forget.do"),
    act: (isPurge) => forgetHost(host, isPurge),
    done: words.text("forget.done", { name: host }),
    section: SECTION,
    refusals: {
      still_registered: { text: words.text("forget.still_host", { host }), command: "hostagent uninstall-service" },
    },
  };
}

function forgettingOfAccount(words, account, label) {
  const { host } = account;
  return {
    ...endingOfAccount(words, account, label),
    title: words.text("forget.account_title", { host, label }),
    lines: [words.text("forget.account_text")],
    choice: words.text("forget.with_history"),
    label: words.text("forget.do"),
    act: (isPurge) => forgetAccount(account, isPurge),
  };
}

function purging(words, account, label) {
  return {
    ...endingOfAccount(words, account, label),
    title: words.text("forget.purge_title", { host: account.host, label }),
    lines: [words.text("forget.purge_text")],
    label: words.text("forget.purge"),
    act: () => forgetAccount(account, true),
  };
}

function endingOfAccount(words, { host, account_label: own }, label) {
  return {
    done: words.text("forget.done", { name: `${host} / ${label}` }),
    section: SECTION,
    refusals: {
      still_registered: {
        text: words.text("forget.still_account", { host, label }),
        command: `hostagent remove ${own}`,
        shown: `hostagent remove ${label}`,
      },
    },
  };
}

function shownLabel(reading, isPrivate) {
  return maskOf(reading, isPrivate).label(reading.item.account_label);
}
