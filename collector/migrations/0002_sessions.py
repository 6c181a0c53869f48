"""Browsers' sessions, and the one-time codes of sign-in links."""

from peewee import CharField, Check, DateTimeField, ForeignKeyField, Model


class Token(Model):
    id = CharField(max_length=12, primary_key=True)


class Session(Model):
    id = CharField(max_length=64, primary_key=True)
    token = ForeignKeyField(Token, index=False)
    created_at = DateTimeField()
    last_seen_at = DateTimeField()


class SigninCode(Model):
    digest = CharField(max_length=64, primary_key=True)
    kind = CharField(max_length=8, constraints=[Check("kind IN ('viewer', 'admin')")])
    created_at = DateTimeField()

    class Meta:
        table_name = "signin_code"


Session.add_index(Session.index(Session.token, name="session_token"))

TABLES = (Session, SigninCode)


def up(_migrator, db):
    with db.bind_ctx((Token, *TABLES), bind_refs=False, bind_backrefs=False):
        db.create_tables(TABLES, safe=False)
