// What was made out of the pasted text, account by account, and which lines say nothing.

import { html } from "../html.js";
import { maskOf } from "../privacy.js";

export function Understood({ words, accounts, passedOver, isPrivate, isAsked }) {
  return html`
    <p class="counts" role="status" data-testid="counts">
      ${!isAsked && words.text("add.nothing_yet")}
      ${isAsked && html`<span>${words.text("add.count", { count: accounts.length })}</span>`}${" "}
      ${passedOver.length > 0 && html`<span>${words.text("add.passed_over", { count: passedOver.length })}</span>`}
    </p>
    ${accounts.length > 0 && html`
      <ul class="understood" data-testid="understood">
        ${accounts.map((account) => html`<${Account} key=${account.email} ...${{ words, account, isPrivate }} />`)}
      </ul>
    `}
    ${passedOver.length > 0 && html`
      <ul class="passed-over" data-testid="passed-over">
        ${passedOver.map(({ number, why }) => html`<li key=${number}>${words.text(`add.why.${why}`, { number })}</li>`)}
      </ul>
    `}
  `;
}

function Account({ words, account, isPrivate }) {
  const { email, plan, label } = account;
  const notes = notesOf(words, account, isPrivate);
  const mask = maskOf({ email, expectedEmail: null }, isPrivate);
  return html`
    <li data-testid="memo" data-label=${mask.label(label)}>
      <strong>${mask.label(label)}</strong> <span>${mask.email(email)}</span>${" "}
      <span>${plan === null ? words.text("add.no_plan") : plan}</span>
      ${notes.map((note) => html`<p key=${note}>${note}</p>`)}
    </li>
  `;
}

function notesOf(words, { isCanceled, isThere, elsewhere }, isPrivate) {
  const places = elsewhere.map((reading) => {
    const { host, account_label: label } = reading.item;
    return words.text("add.place", { host, label: maskOf(reading, isPrivate).label(label) });
  });
  return [
    isCanceled && words.text("add.canceled"),
    isThere && words.text("add.there"),
    places.length > 0 && words.text("also_at.text", { places: words.list(places) }),
  ].filter(Boolean);
}
