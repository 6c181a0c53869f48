// That something has just changed, for as long as it takes to see it.

import { useEffect, useRef, useState } from "./html.js";

const SHOWN_MILLISECONDS = 2_500;

// True for a moment after `value` has become another one; not when it is first there.
export function useNews(value) {
  const [isNews, setNews] = useState(false);
  const known = useRef(value);
  useEffect(() => {
    if (known.current === value) return undefined;
    known.current = value;
    setNews(true);
    const timer = setTimeout(() => setNews(false), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [value]);
  return isNews;
}
