// What the collector says of its hosts, for as long as somebody looks.

import { fetchHosts } from "../api.js";
import { startChain } from "../chain.js";
import { useEffect, useRef, useState } from "../html.js";
import { parseTime } from "../times.js";

// Contacts alone, as of an agent that waits for wishes, change no account: nothing else tells of them.
const REST_MILLISECONDS = 30_000;
// Many accounts that change in one moment are one reason to look.
const SETTLE_MILLISECONDS = 300;
// When the collector calls a host late, then silent.
const LATE_AFTER = 1.5;
const SILENT_AFTER = 3;
const SILENT_AT_LEAST_MILLISECONDS = 300_000;

// `{ hosts, heardAt, failures }`: hosts are null before the first answer, and stay as they were while it fails; `heardAt` is
// when they were told; failures are counted in a row. Read again whenever `items`, the accounts, have changed.
export function useHosts(items, onSignedOut) {
  const [standing, setStanding] = useState({ hosts: null, heardAt: null, failures: 0 });
  const chain = useRef(null);
  useEffect(() => {
    chain.current = startChain({
      async read(signal) {
        const answer = await fetchHosts(signal);
        const heardAt = Date.parse(answer.date);
        setStanding({ hosts: answer.items, heardAt, failures: 0 });
        return untilNextDeadline(answer.items, heardAt);
      },
      onFailure: () => setStanding((known) => ({ ...known, failures: known.failures + 1 })),
      onSignedOut,
    });
    return chain.current.stop;
  }, []);
  useChange(items, () => chain.current.restart());
  return standing;
}

function useChange(value, act) {
  const known = useRef(value);
  useEffect(() => {
    if (known.current === value) return undefined;
    const timer = setTimeout(() => {
      known.current = value;
      act();
    }, SETTLE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [value]);
}

function untilNextDeadline(hosts, now) {
  const waits = hosts.flatMap(deadlinesOf).map((deadline) => deadline - now);
  return Math.min(REST_MILLISECONDS, ...waits.filter((wait) => wait > 0));
}

function deadlinesOf({ last_contact_at: lastContactAt, poll_interval_sec: interval }) {
  const heardAt = parseTime(lastContactAt);
  if (heardAt === null) return [];
  const silence = Math.max(SILENT_AFTER * interval * 1000, SILENT_AT_LEAST_MILLISECONDS);
  return [heardAt + LATE_AFTER * interval * 1000, heardAt + silence];
}
