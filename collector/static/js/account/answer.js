// What the collector says to one question about the account.

import { startChain } from "../chain.js";
import { useEffect, useRef, useState } from "../html.js";

// `{ answer, isFailing }`: asked when the room opens, again whenever one of `reasons` changes, and until it is answered.
// Meanwhile the answer before stays; null before the first.
export function useAnswer(ask, reasons, onSignedOut) {
  const [standing, setStanding] = useState({ answer: null, isFailing: false });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const chain = startChain({
      async read(signal) {
        const answer = await latest.current(signal);
        setStanding({ answer, isFailing: false });
        return null;
      },
      onFailure: () => setStanding(({ answer }) => ({ answer, isFailing: true })),
      onSignedOut,
    });
    return chain.stop;
  }, reasons);
  return standing;
}
