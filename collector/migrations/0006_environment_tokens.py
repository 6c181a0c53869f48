"""Which token was given by the environment, so that it can be taken away with it."""


def up(_migrator, db):
    kind = "BOOLEAN" if db.param == "%s" else "INTEGER"
    db.execute_sql(f"ALTER TABLE token ADD COLUMN from_environment {kind} NOT NULL DEFAULT FALSE")
