// From an item of /latest to what the page shows of it. Pure; `now` is the collector's time in milliseconds.

import { HOUR, parseTime } from "./times.js";

const MAIN_COLUMNS = ["5h", "weekly"];
// These pass without anybody's help; the agent simply tries again.
const PASSING_ERRORS = new Set(["auth_temporary", "upstream_throttled", "upstream_error", "network", "timeout"]);

export function readItem(item, now) {
  const normalized = item.parsed?.normalized ?? null;
  const readAt = parseTime(item.ts);
  const isCurrent = readAt !== null && isTrusted(item, readAt, now);
  const windowOf = (name) => readWindow(name, readAt, normalized?.windows, { isCurrent, now });
  return {
    key: accountKey(item),
    item,
    readAt,
    isCurrent,
    silentSince: parseTime(item.host_silent_since),
    attemptedAt: parseTime(item.attempted_at),
    accountId: normalized?.account_id ?? null,
    email: normalized?.account_email ?? null,
    expectedEmail: item.registry?.expected_email ?? null,
    plan: normalized?.rate_planType ?? null,
    expectedPlan: item.registry?.expected_planType ?? null,
    credits: normalized?.credits ?? null,
    resetCredits: readResetCredits(normalized?.resetCredits),
    blocked: normalized?.blocked ? { ...normalized.blocked, until: readUntil(normalized.blocked.until) } : null,
    fiveHours: windowOf("5h"),
    weekly: windowOf("weekly"),
    hasMainWindow: MAIN_COLUMNS.some((name) => normalized?.windows?.[name]),
    others: readOthers(normalized, { isCurrent, now }),
    usedUp: findUsedUp(normalized?.windows, now),
    needsHand: needsHand(item),
  };
}

// Of anything that names an account as the collector does.
export function accountKey({ host, account_label: label }) {
  return `${host}/${label}`;
}

export function isPassing(code) {
  return PASSING_ERRORS.has(code);
}

// A good reading that is neither stale nor, on a host that is read by hand only, older than an hour.
// `stale_at` is compared here as well: while the connection is lost nobody else does.
function isTrusted(item, readAt, now) {
  if (item.state !== "ok") return false;
  const staleAt = parseTime(item.stale_at);
  return now < (staleAt ?? readAt + HOUR);
}

function needsHand(item) {
  if (item.state === "error") return !isPassing(item.reason);
  return ["login_required", "wrong_account", "stale"].includes(item.state);
}

// `kind`: `unread` (no reading yet), `unavailable` (could not be read), `none` (not on this plan) or `known`.
function readWindow(name, readAt, windows, context) {
  if (readAt === null) return { name, kind: "unread" };
  if (!windows) return { name, kind: "unavailable" };
  if (!windows[name]) return { name, kind: "none" };
  return readKnown(name, windows[name], context);
}

function readKnown(name, window, { isCurrent, now }) {
  const left = leftPercent(window);
  if (left === null) return { name, kind: "unavailable" };
  const resetsAt = typeof window.resetsAt === "number" ? window.resetsAt * 1000 : null;
  const isBucket = Boolean(window.bucket);
  // A bucket refills all the time: its reset has no meaning once it has passed.
  const isResetDue = !isBucket && resetsAt !== null && resetsAt <= now;
  return { name, kind: "known", left, resetsAt, isResetDue, isBucket, isCurrent: isCurrent && !isResetDue };
}

// Null where nobody said.
export function leftPercent({ leftPercent: left, usedPercent: used }) {
  if (typeof left === "number") return Math.min(100, Math.max(0, left));
  return typeof used === "number" ? Math.min(100, Math.max(0, 100 - used)) : null;
}

function readOthers(normalized, context) {
  const main = Object.entries(normalized?.windows ?? {}).filter(([name]) => !MAIN_COLUMNS.includes(name));
  const others = main.map(([name, window]) => ({ limit: null, ...readKnown(name, window, context) }));
  for (const limit of normalized?.limits ?? []) {
    for (const [name, window] of Object.entries(limit.windows ?? {})) {
      others.push({ limit: limit.limitName ?? limit.limitId ?? "?", limitId: limit.limitId ?? null, ...readKnown(name, window, context) });
    }
  }
  return others;
}

// The windows of the main limit that bind, and when the last of them opens again (null: not known).
function findUsedUp(windows, now) {
  const used = Object.entries(windows ?? {})
    .map(([name, window]) => readKnown(name, window, { isCurrent: true, now }))
    .filter((window) => window.kind === "known" && !window.isBucket && window.left <= 0);
  if (used.length === 0) return null;
  const resets = used.map((window) => window.resetsAt);
  return { names: used.map((window) => window.name), until: resets.includes(null) ? null : Math.max(...resets) };
}

// `{ count, expiries }`: rights to reset the limits once, and until when they are good. Null where nobody said.
function readResetCredits(resetCredits) {
  if (!resetCredits) return null;
  const expiries = (resetCredits.credits ?? []).map(({ expiresAt }) => expiresAt).filter((time) => typeof time === "number");
  const count = resetCredits.availableCount ?? resetCredits.credits?.length ?? null;
  return { count, expiries: expiries.sort((a, b) => a - b).map((time) => time * 1000) };
}

function readUntil(until) {
  return typeof until === "number" ? until * 1000 : parseTime(until);
}
