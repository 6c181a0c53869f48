// What admins alone ask of the collector.

import { Refused, call, fetchHosts, withBody } from "../api.js";

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
  await end(`/tokens/${id}`);
}

export async function endSession(id) {
  await end(`/sessions/${id}`);
}

// `isPurge`: with the history.
export async function forgetHost(host, isPurge) {
  await end(`/hosts/${host}?purge=${Number(isPurge)}`);
}

export async function forgetAccount({ host, account_label: label }, isPurge) {
  await end(`/registry/${host}/${label}?purge=${Number(isPurge)}`);
}

// What is no more was ended elsewhere: that is as good. Only the collector knows it, not any 404 on the way.
async function end(path) {
  try {
    await call(path, { method: "DELETE" });
  } catch (error) {
    if (!(error instanceof Refused && error.code?.startsWith("unknown_"))) throw error;
  }
}

async function fetchItems(path, signal) {
  const answer = await call(path, { signal });
  const { items } = await answer.json();
  if (!Array.isArray(items)) throw new TypeError(`the answer of ${path} is no list`);
  return items;
}
