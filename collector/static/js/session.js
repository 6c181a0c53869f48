// Who looks at the page.

import { fetchSession } from "./api.js";
import { startChain } from "./chain.js";
import { useEffect, useState } from "./html.js";

// False until the collector has said otherwise: a button that would be refused is not shown.
export function useMayRefresh(onSignedOut) {
  const [mayRefresh, setMayRefresh] = useState(false);
  useEffect(() => {
    const chain = startChain({
      async read(signal) {
        const { read_only: isReadOnly } = await fetchSession(signal);
        setMayRefresh(!isReadOnly);
        chain.stop();
        return null;
      },
      onFailure() {},
      onSignedOut,
    });
    return chain.stop;
  }, []);
  return mayRefresh;
}
