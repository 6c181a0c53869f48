// Which hosts run an older program than others. Pure.

// `{ host, version }` of the newest, if there is one that is newer than `version`; else null. `name` is the member of a
// host that holds its version.
export function findNewer(hosts, version, name) {
  const newer = hosts.filter((host) => host[name] !== null && isOlder(version, host[name]));
  const newest = newer.reduce((best, host) => (best === null || isOlder(best[name], host[name]) ? host : best), null);
  return newest && { host: newest.host, version: newest[name] };
}

// By numbers: 0.9 is older than 0.10.
function isOlder(version, other) {
  const [ours, theirs] = [numbersOf(version), numbersOf(other)];
  const place = theirs.findIndex((number, index) => number !== (ours[index] ?? 0));
  return place !== -1 && (ours[place] ?? 0) < theirs[place];
}

function numbersOf(version) {
  return version.split(/[^0-9]+/).filter(Boolean).map(Number);
}
