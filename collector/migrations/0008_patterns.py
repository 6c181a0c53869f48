"""Of each account an early text, which the texts of its later events are packed with."""

from peewee import AutoField, ForeignKeyField, Model, TextField


class Account(Model):
    id = AutoField()


class Pattern(Model):
    account = ForeignKeyField(Account, primary_key=True, on_delete="CASCADE")
    text = TextField()


def up(_migrator, db):
    with db.bind_ctx((Account, Pattern), bind_refs=False, bind_backrefs=False):
        db.create_tables((Pattern,), safe=False)
