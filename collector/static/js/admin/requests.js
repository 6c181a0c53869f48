// What admins alone ask of the collector.

import { call, fetchHosts, withBody } from "../api.js";

// `{ tokens, sessions, hosts, removed }`: removed are the accounts of which only the history is left.
export async function fetchStanding(signal) {
  const lists = ["/tokens", "/sessions", "/registry?removed=1"].map((path) => fetchItems(path, signal));
  const [{ items: hosts }, tokens, sessions, removed] = await Promise.all([fetchHosts(signal), ...lists]);
  return { tokens, sessions, hosts, removed };
}

// `wanted` is `{ kind, host, read_only }`. The answer has the token itself, which is nowhere else.
export async function makeToken(wanted) {
  const answer = await call("/tokens", withBody("POST", wanted));
  return answer.json();
}

export async function revokeToken(id) {
  await call(`/tokens/${id}`, { method: "DELETE" });
}

export async function endSession(id) {
  await call(`/sessions/${id}`, { method: "DELETE" });
}

// `isPurge`: with the history.
export async function forgetHost(host, isPurge) {
  await call(`/hosts/${host}?purge=${Number(isPurge)}`, { method: "DELETE" });
}

export async function forgetAccount({ host, account_label: label }, isPurge) {
  await call(`/registry/${host}/${label}?purge=${Number(isPurge)}`, { method: "DELETE" });
}

async function fetchItems(path, signal) {
  const answer = await call(path, { signal });
  const { items } = await answer.json();
  if (!Array.isArray(items)) throw new TypeError(`the answer of ${path} is no list`);
  return items;
}
