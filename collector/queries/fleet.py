"""The one row about this database as a whole."""

from collector.database import run


def read_revision() -> str:
    """Changes with whatever `/latest` shows; the part before the dot tells restored databases apart."""
    database_id, revision = run("SELECT database_id, revision FROM fleet").fetchone()
    return f"{database_id}.{revision}"


def raise_revision() -> None:
    run("UPDATE fleet SET revision = revision + 1")
