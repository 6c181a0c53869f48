"""Lets a collector's SQLite answer before anything is on disk, to see what that would cost."""

from collector import database

database._SQLITE["pragmas"]["synchronous"] = "normal"  # noqa: SLF001 - there is no setting for it
