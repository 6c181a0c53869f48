"""Names in the order of their bytes on every PostgreSQL, as on SQLite, whatever the language of its server."""

_NAMES = (("host", "name", 64), ("account", "label", 200))


def up(_migrator, db):
    if db.param != "%s":
        return
    for table, column, length in _NAMES:
        db.execute_sql(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR({length}) COLLATE "C"')
