"""The first tables: hosts, tokens, accounts, the ledger, readings and events."""

import secrets

from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateTimeField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


class Fleet(Model):
    id = IntegerField(primary_key=True, constraints=[Check("id = 1")])
    database_id = CharField(max_length=32)
    revision = BigIntegerField()


class Host(Model):
    id = AutoField()
    name = CharField(max_length=64)
    created_at = DateTimeField()
    last_contact_at = DateTimeField(null=True)
    agent_version = TextField(null=True)
    codex_version = TextField(null=True)
    platform = TextField(null=True)
    poll_interval_sec = IntegerField(null=True)
    manual_refresh = BooleanField(default=False)
    clock_skew_sec = FloatField(null=True)
    spool_items = BigIntegerField(null=True)
    dropped = BigIntegerField(default=0)


class Token(Model):
    id = CharField(max_length=12, primary_key=True)
    kind = CharField(max_length=8, constraints=[Check("kind IN ('agent', 'viewer', 'admin')")])
    host = ForeignKeyField(Host, null=True, index=False)
    read_only = BooleanField(default=False)
    digest = CharField(max_length=64)
    created_at = DateTimeField()
    last_used_at = DateTimeField(null=True)
    revoked_at = DateTimeField(null=True)

    class Meta:
        constraints = (Check("(kind = 'agent') = (host_id IS NOT NULL)"),)


class Account(Model):
    id = AutoField()
    host = ForeignKeyField(Host, index=False)
    label = CharField(max_length=200)
    provider = CharField(max_length=16)
    enabled = BooleanField()
    expected_email = TextField(null=True)
    expected_plan_type = TextField(null=True)
    note = TextField()
    created_at = DateTimeField()
    updated_at = DateTimeField()
    removed_at = DateTimeField(null=True)


class Epoch(Model):
    id = AutoField()
    host = ForeignKeyField(Host, index=False)
    epoch = CharField(max_length=32)


class Ledger(Model):
    epoch = ForeignKeyField(Epoch, index=False)
    seq = BigIntegerField()
    digest = CharField(max_length=64)
    received_at = DateTimeField()

    class Meta:
        primary_key = CompositeKey("epoch", "seq")


class Reading(Model):
    account = ForeignKeyField(Account, primary_key=True)
    good_epoch = IntegerField(null=True)
    good_seq = BigIntegerField(null=True)
    read_at = DateTimeField(null=True)
    observed_at = DateTimeField(null=True)
    raw_json = TextField(null=True)
    parsed_json = TextField(null=True)
    email = TextField(null=True)
    plan_type = TextField(null=True)
    has_room = BooleanField(default=False)
    attempt_epoch = IntegerField()
    attempt_seq = BigIntegerField()
    attempted_at = DateTimeField()
    error_code = CharField(max_length=32, null=True)
    error_message = TextField(null=True)


class Event(Model):
    id = AutoField()
    account = ForeignKeyField(Account, index=False)
    epoch = IntegerField()
    seq = BigIntegerField()
    first_at = DateTimeField()
    last_at = DateTimeField()
    count = IntegerField()
    observed_at = DateTimeField()
    error_code = CharField(max_length=32, null=True)
    error_message = TextField(null=True)
    raw_json = TextField(null=True)
    parsed_json = TextField(null=True)
    fingerprint = CharField(max_length=64)


Host.add_index(Host.index(Host.name, unique=True, name="host_name"))
Account.add_index(Account.index(Account.host, Account.label, unique=True, name="account_host_label"))
Account.add_index(Account.index(Account.label, name="account_label"))
Epoch.add_index(Epoch.index(Epoch.host, Epoch.epoch, unique=True, name="epoch_host_epoch"))
Event.add_index(Event.index(Event.account, Event.epoch, Event.seq, unique=True, name="event_order"))


TABLES = (Fleet, Host, Token, Account, Epoch, Ledger, Reading, Event)


def up(_migrator, db):
    with db.bind_ctx(TABLES, bind_refs=False, bind_backrefs=False):
        db.create_tables(TABLES, safe=False)
        Fleet.create(id=1, database_id=secrets.token_hex(16), revision=0)
