// The page's calls to the collector.

const TIMEOUT_SECONDS = 20;
// How long the collector may hold an answer back until there is something to say.
const WAIT_SECONDS = 25;
const UNCHANGED = 304;

// There is no session, or it has ended: only signing in helps.
export class SignedOut extends Error {}

// The collector said no. `code` is the one of its problem document, if it sent one.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem?.code ?? null;
  }
}

// `{ revision, items, removed, date, retryAfterSeconds }`. After a revision the answer waits until something has changed;
// `removed` is null when the items are all that there are, and not only the changed ones.
export async function fetchLatest(since, signal) {
  const query = since === null ? "" : `&since=${encodeURIComponent(since)}&wait=${WAIT_SECONDS}`;
  const answer = await call(`/latest?raw=0${query}`, { signal, isParked: since !== null });
  const { revision, items, removed = null } = await answer.json();
  if (!Array.isArray(items)) throw new TypeError("the answer is no list of accounts");
  return { revision, items, removed, date: answer.headers.get("Date"), retryAfterSeconds: retryAfterSeconds(answer) };
}

// `{ items, date }`.
export async function fetchHosts(signal) {
  const answer = await call("/hosts", { signal });
  const { items } = await answer.json();
  if (!Array.isArray(items)) throw new TypeError("the answer is no list of hosts");
  return { items, date: answer.headers.get("Date") };
}

// The item of one account, with the raw answer of its last good reading.
export async function fetchAccount({ host, label }, signal) {
  return askAbout("latest", label, { host }, signal);
}

// One window as a line to draw; `window` may be null: then the collector chooses. Times are epoch seconds.
export async function fetchHistory({ label, window, ...query }, signal) {
  const answer = await askAbout("history", label, window === null ? query : { ...query, window }, signal);
  if (!Array.isArray(answer.points)) throw new TypeError("the answer has no points");
  return answer;
}

// Newest first, those before `before`; null: the newest of all.
export async function fetchEvents({ host, label, limit, before = null }, signal) {
  const { items } = await askAbout("events", label, { host, limit, ...(before && { before }) }, signal);
  if (!Array.isArray(items)) throw new TypeError("the answer is no list of events");
  return items;
}

// `{ kind, read_only }` of the token behind this session.
export async function fetchSession(signal) {
  const answer = await call("/session", { signal });
  return answer.json();
}

// `wish` is `{ accounts: [{ host, account_label }] }`, `{ host }`, or `{}` for all.
// `{ id, results, tag, retryAfterSeconds }`.
export async function askForRefresh(wish) {
  return readRefresh(await call("/refresh", withBody("POST", wish)));
}

// As `askForRefresh`; results are null while it stands as at the `tag` of an earlier answer. With `isParked` the
// collector may hold the answer back for that long.
export async function fetchRefresh(id, { tag, isParked, signal }) {
  const wait = isParked ? `&wait=${WAIT_SECONDS}` : "";
  const headers = tag ? { "If-None-Match": tag } : {};
  const answer = await call(`/refresh?id=${encodeURIComponent(id)}${wait}`, { headers, signal, isParked });
  if (answer.status === UNCHANGED) return { results: null, retryAfterSeconds: retryAfterSeconds(answer) };
  return readRefresh(answer);
}

// `credential` is `{ token }` or `{ code }`.
export async function signIn(credential) {
  await call("/session", withBody("POST", credential));
}

export async function signOut() {
  await call("/session", { method: "DELETE" });
}

async function askAbout(what, label, query, signal) {
  const answer = await call(`/${what}/${label}?${new URLSearchParams(query)}`, { signal });
  return answer.json();
}

async function readRefresh(answer) {
  const { refresh_id: id, results } = await answer.json();
  if (!Array.isArray(results)) throw new TypeError("the answer names no accounts");
  return { id, results, tag: answer.headers.get("ETag"), retryAfterSeconds: retryAfterSeconds(answer) };
}

export function withBody(method, body) {
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

export async function call(path, { signal, isParked = false, ...options }) {
  const timeout = AbortSignal.timeout((TIMEOUT_SECONDS + (isParked ? WAIT_SECONDS : 0)) * 1000);
  const answer = await fetch(path, {
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...options,
  });
  if (answer.ok || answer.status === UNCHANGED) return answer;
  const problem = await answer.json().catch(() => null);
  if (answer.status === 401) throw new SignedOut(problem?.detail);
  throw new Refused(answer.status, problem);
}

function retryAfterSeconds(answer) {
  return Number(answer.headers.get("Retry-After")) || 0;
}
