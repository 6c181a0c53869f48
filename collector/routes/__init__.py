"""HTTP: each route parses, calls a query, and answers."""
