"""The server: receives what host agents push, keeps it, shows it."""
