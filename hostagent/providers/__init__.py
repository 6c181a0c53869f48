"""One module per provider; each reads an account with `probe(account, ...)` and returns a Snapshot."""
