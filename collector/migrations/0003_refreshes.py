"""Refresh wishes: one row an account, the cursors of each host, and what each caller asked for."""

from peewee import (
    AutoField,
    BigIntegerField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
)


class Host(Model):
    id = AutoField()


class Account(Model):
    id = AutoField()


class RefreshQueue(Model):
    host = ForeignKeyField(Host, primary_key=True, on_delete="CASCADE")
    issued_cursor = BigIntegerField()
    seen_cursor = BigIntegerField()

    class Meta:
        table_name = "refresh_queue"


class Wish(Model):
    account = ForeignKeyField(Account, primary_key=True, on_delete="CASCADE")
    cursor = BigIntegerField()
    wished_at = DateTimeField()
    answered_cursor = BigIntegerField()


class Refresh(Model):
    id = CharField(max_length=32, primary_key=True)
    created_at = DateTimeField()


class RefreshItem(Model):
    refresh = ForeignKeyField(Refresh, index=False, on_delete="CASCADE")
    position = IntegerField()
    host = CharField(max_length=64)
    label = CharField(max_length=200)
    cursor = BigIntegerField(null=True)
    code = CharField(max_length=32, null=True)

    class Meta:
        table_name = "refresh_item"
        primary_key = CompositeKey("refresh", "position")


Refresh.add_index(Refresh.index(Refresh.created_at, name="refresh_created_at"))

TABLES = (RefreshQueue, Wish, Refresh, RefreshItem)


def up(_migrator, db):
    with db.bind_ctx((Host, Account, *TABLES), bind_refs=False, bind_backrefs=False):
        db.create_tables(TABLES, safe=False)
