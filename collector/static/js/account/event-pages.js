// Pages of events as one list. Pure.

// `newest` may have grown since `known` was read: what follows its last event there still follows. Where that event is not
// in it, more has happened than a page holds, and what lies between is not known.
export function joinPages(newest, known) {
  const place = known.findIndex(({ position }) => position === newest.at(-1)?.position);
  return place === -1 ? newest : [...newest, ...known.slice(place + 1)];
}
