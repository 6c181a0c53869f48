// What a token lets somebody be, in words; also for a session, which is what its token is.

export function tokenName(words, { kind, host, read_only: isReadOnly }) {
  return words.text(`token.name.${isReadOnly ? "read_only" : kind}`, { host });
}
