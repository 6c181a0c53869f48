// Where in the page somebody was when the session ended, for this tab only.

const KEY = "csf.place";

export function keepPlace() {
  try {
    // The list remembers its view by itself.
    if (location.pathname === "/") sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, location.pathname + location.search);
  } catch {
    // Storage is closed to us: signing in leads to the list.
  }
}

// The list, unless another place was kept; good once.
export function takePlace() {
  try {
    const place = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return place?.startsWith("/fleet/") ? place : "/";
  } catch {
    return "/";
  }
}
