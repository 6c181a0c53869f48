// Who looks at the page.

import { fetchSession } from "./api.js";
import { startChain } from "./chain.js";
import { useEffect, useState } from "./html.js";

// `{ kind, read_only }`; null until the collector has said: nothing that would be refused is shown.
export function useSession(onSignedOut) {
  const [session, setSession] = useState(null);
  useEffect(() => {
    const chain = startChain({
      async read(signal) {
        setSession(await fetchSession(signal));
        chain.stop();
        return null;
      },
      onFailure() {},
      onSignedOut,
    });
    return chain.stop;
  }, []);
  return session;
}
