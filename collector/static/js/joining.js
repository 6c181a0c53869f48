// How a machine becomes a host of this collector.

// Nothing of it has to be quoted for a shell but the brackets of an IPv6 address.
export function initCommand(host = null) {
  const { origin, protocol, hostname } = location;
  const address = origin.includes("[") ? `'${origin}'` : origin;
  const parts = ["hostagent init --collector", address, host && `--host ${host}`];
  // The agent shows its token to the network only when it is told so.
  if (protocol === "http:" && !isLoopback(hostname)) parts.push("--insecure");
  return parts.filter(Boolean).join(" ");
}

export function tokenCommand(host = "NAME") {
  return `collector token create --kind agent --host ${host}`;
}

function isLoopback(hostname) {
  return ["localhost", "[::1]"].includes(hostname) || hostname.startsWith("127.");
}
