// The page's calls to the collector.

const TIMEOUT_MILLISECONDS = 20_000;

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

// `{ items, etag, date }`; `items` is null when nothing has changed since `etag`.
export async function fetchLatest(etag) {
  const answer = await call("/latest?raw=0", { headers: etag ? { "If-None-Match": etag } : {} });
  const date = answer.headers.get("Date");
  if (answer.status === 304) return { items: null, etag, date };
  const { items } = await answer.json();
  if (!Array.isArray(items)) throw new TypeError("the answer is no list of accounts");
  return { items, etag: answer.headers.get("ETag"), date };
}

// `credential` is `{ token }` or `{ code }`.
export async function signIn(credential) {
  await call("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(credential),
  });
}

export async function signOut() {
  await call("/session", { method: "DELETE" });
}

async function call(path, options) {
  const answer = await fetch(path, {
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    ...options,
  });
  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => null);
  if (answer.status === 401) throw new SignedOut(problem?.detail);
  throw new Refused(answer.status, problem);
}
