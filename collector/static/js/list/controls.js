// What somebody searches, filters, sorts and groups the list by.

import { html } from "../html.js";
import { go } from "../route.js";
import { lookOf } from "../state-cell.js";
import { GROUPS, NEEDS_HAND, SORTS, USABLE, isFiltered, listAddress } from "./view.js";

const LOOKS = ["ok", "used_up", "blocked", "login_required", "wrong_account", "error", "stale", "pending", "disabled"];

// `sortAgain` is null while the order is what it would be now.
export function Controls({ words, view, readings, shownCount, preferences, change, sortAgain }) {
  const show = (changes, options) => go(listAddress({ ...view, ...changes }), options);
  const hosts = [...new Set(readings.map(({ item }) => item.host))].sort();
  const providers = [...new Set(readings.map(({ item }) => item.provider))].sort();
  return html`
    <form class="controls" role="search" data-testid="controls" onSubmit=${(event) => event.preventDefault()}>
      <input type="search" id="search" value=${view.text} placeholder=${words.text("find.text")} aria-label=${words.text("find.text")}
        data-testid="search" autocomplete="off" spellcheck=${false}
        onInput=${(event) => show({ text: event.currentTarget.value }, { isReplaced: true })} />
      <${Choice} name="state" words=${words} view=${view} show=${show} options=${stateOptions(words, readings)} />
      ${hosts.length > 1 && html`
        <${Choice} name="host" words=${words} view=${view} show=${show} options=${hosts.map((host) => [host, host])} />
      `}
      ${providers.length > 1 && html`
        <${Choice} name="provider" words=${words} view=${view} show=${show}
          options=${providers.map((name) => [name, words.nameOf("provider", name)])} />
      `}
      <${Choice} name="sort" words=${words} view=${view} show=${show} isNeeded
        options=${SORTS.map((name) => [name, words.text(`sort.${name}`)])} />
      ${sortAgain && html`<button type="button" data-testid="sort-again" onClick=${sortAgain}>${words.text("sort.again")}</button>`}
      <${Choice} name="group" words=${words} view=${view} show=${show} isNeeded
        options=${GROUPS.map((name) => [name, words.text(`group.${name}`)])} />
      <button type="button" aria-pressed=${String(preferences.isUsed)} data-testid="used"
        onClick=${() => change("isUsed", !preferences.isUsed)}>${words.text("switch.used")}</button>
      ${isFiltered(view) && html`
        <span class="found" role="status" data-testid="found">
          ${words.text("find.found", { count: shownCount, total: readings.length })}
          <button type="button" data-testid="show-all" onClick=${() => show({ text: "", state: "", host: "", provider: "" })}>
            ${words.text("find.all")}
          </button>
        </span>
      `}
    </form>
  `;
}

// `isNeeded`: there is always one of them chosen; else the first choice is all.
function Choice({ name, words, view, show, options, isNeeded = false }) {
  const label = words.text(`find.${name}`);
  const isStrange = view[name] !== "" && !options.some(([key]) => key === view[name]);
  return html`
    <label class="choice">
      <span>${label}</span>
      <select value=${view[name]} data-testid=${`by-${name}`} onChange=${(event) => show({ [name]: event.currentTarget.value })}>
        ${!isNeeded && html`<option value="">${words.text("find.any")}</option>`}
        ${isStrange && html`<option value=${view[name]}>${view[name]}</option>`}
        ${options.map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}
      </select>
    </label>
  `;
}

function stateOptions(words, readings) {
  const counts = LOOKS.map((look) => [look, readings.filter((reading) => lookOf(reading) === look).length]);
  return [
    [USABLE, words.text("state.usable")],
    [NEEDS_HAND, words.text("state.needs_hand")],
    ...counts.filter(([, count]) => count > 0).map(([look]) => [look, words.text(`state.${look}`)]),
  ];
}
