"""The tables. Their constraints carry the rules that every release must keep."""

from peewee import (
    SQL,
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from collector.database import UtcDateTimeField, database


class _Table(Model):
    class Meta:
        database = database
        legacy_table_names = False


class Fleet(_Table):
    """One row: which database this is, and how often what `/latest` shows has changed."""

    id = IntegerField(primary_key=True, constraints=[Check("id = 1")])
    database_id = CharField(max_length=32)
    revision = BigIntegerField()
    # Hides labels from those who read metrics only; a restored database keeps it.
    mask_key = CharField(max_length=32)


class Host(_Table):
    """A machine, from the moment a token is made for it."""

    id = AutoField()
    name = CharField(max_length=64)
    created_at = UtcDateTimeField()
    last_contact_at = UtcDateTimeField(null=True)
    agent_version = TextField(null=True)
    codex_version = TextField(null=True)
    platform = TextField(null=True)
    poll_interval_sec = IntegerField(null=True)
    manual_refresh = BooleanField(default=False)
    clock_skew_sec = FloatField(null=True)
    spool_items = BigIntegerField(null=True)
    dropped = BigIntegerField(default=0)
    # What became of all that its agents ever pushed.
    stored = BigIntegerField(constraints=[SQL("DEFAULT 0")])
    duplicate = BigIntegerField(constraints=[SQL("DEFAULT 0")])
    rejected = BigIntegerField(constraints=[SQL("DEFAULT 0")])


class Token(_Table):
    """A key to the API. The secret itself is nowhere: only its digest."""

    id = CharField(max_length=12, primary_key=True)
    kind = CharField(max_length=8, constraints=[Check("kind IN ('agent', 'viewer', 'admin')")])
    host = ForeignKeyField(Host, null=True, index=False)
    read_only = BooleanField(default=False)
    digest = CharField(max_length=64)
    created_at = UtcDateTimeField()
    last_used_at = UtcDateTimeField(null=True)
    revoked_at = UtcDateTimeField(null=True)
    # By COLLECTOR_ADMIN_TOKEN, and only as long as that says so.
    from_environment = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        constraints = (Check("(kind = 'agent') = (host_id IS NOT NULL)"),)


class Session(_Table):
    """A browser that has signed in; it ends with its token. `id` is the digest of what the browser keeps."""

    id = CharField(max_length=64, primary_key=True)
    token = ForeignKeyField(Token, index=False)
    created_at = UtcDateTimeField()
    last_seen_at = UtcDateTimeField()


class SigninCode(_Table):
    """A sign-in link that nobody has used yet."""

    digest = CharField(max_length=64, primary_key=True)
    kind = CharField(max_length=8, constraints=[Check("kind IN ('viewer', 'admin')")])
    created_at = UtcDateTimeField()


class Account(_Table):
    """One login on one host. `removed_at` is set while the host no longer names it."""

    id = AutoField()
    host = ForeignKeyField(Host, index=False)
    label = CharField(max_length=200)
    provider = CharField(max_length=16)
    enabled = BooleanField()
    expected_email = TextField(null=True)
    expected_plan_type = TextField(null=True)
    note = TextField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    removed_at = UtcDateTimeField(null=True)
    # The fleet's when `/latest` last began to show the account otherwise.
    revision = BigIntegerField(constraints=[SQL("DEFAULT 0")])


class Epoch(_Table):
    """A state folder of a host's agent; `id` gives the order in which they were first seen."""

    id = AutoField()
    host = ForeignKeyField(Host, index=False)
    epoch = CharField(max_length=32)


class Ledger(_Table):
    """Every snapshot taken in, so that one sent again is known."""

    epoch = ForeignKeyField(Epoch, index=False)
    seq = BigIntegerField()
    digest = CharField(max_length=64)
    received_at = UtcDateTimeField()

    class Meta:
        primary_key = CompositeKey("epoch", "seq")


class Reading(_Table):
    """The last good reading of an account beside its newest attempt, each with its own place in the order."""

    account = ForeignKeyField(Account, primary_key=True)
    good_epoch = IntegerField(null=True)
    good_seq = BigIntegerField(null=True)
    read_at = UtcDateTimeField(null=True)
    observed_at = UtcDateTimeField(null=True)
    raw_json = TextField(null=True)
    parsed_json = TextField(null=True)
    email = TextField(null=True)
    plan_type = TextField(null=True)
    has_room = BooleanField(default=False)
    attempt_epoch = IntegerField()
    attempt_seq = BigIntegerField()
    attempted_at = UtcDateTimeField()
    error_code = CharField(max_length=32, null=True)
    error_message = TextField(null=True)
    # From the good reading: when it goes stale, and a digest of whose login it is.
    stale_at = UtcDateTimeField(null=True)
    identity = CharField(max_length=64, null=True)


class Event(_Table):
    """One reading or failure, or a run of equal ones; `epoch` and `seq` are those of the newest of the run.

    In that order the times of an account's events never fall. What was read is that of the first of the run.
    """

    id = AutoField()
    account = ForeignKeyField(Account, index=False)
    epoch = IntegerField()
    seq = BigIntegerField()
    first_at = UtcDateTimeField()
    last_at = UtcDateTimeField()
    count = IntegerField()
    # How long the newest of the run was recent; null: for ever.
    patience_sec = IntegerField(null=True)
    error_code = CharField(max_length=32, null=True)
    error_message = TextField(null=True)
    fingerprint = CharField(max_length=64)
    # What a line is drawn from, and the texts `raw` and `parsed`.
    gauges_json = TextField(null=True)
    packed = BlobField(null=True)


class Pattern(_Table):
    """What an account was told first: the texts of its events are packed with it, and lost without it."""

    account = ForeignKeyField(Account, primary_key=True, on_delete="CASCADE")
    text = TextField()


class RefreshQueue(_Table):
    """The cursors of a host: the highest that was issued for it, and the highest that its agent has fetched."""

    host = ForeignKeyField(Host, primary_key=True, on_delete="CASCADE")
    issued_cursor = BigIntegerField()
    seen_cursor = BigIntegerField()


class Wish(_Table):
    """That somebody wants fresh numbers of an account. Answered once a snapshot has come with its cursor, or more."""

    account = ForeignKeyField(Account, primary_key=True, on_delete="CASCADE")
    cursor = BigIntegerField()
    wished_at = UtcDateTimeField()
    answered_cursor = BigIntegerField()


class Refresh(_Table):
    """What one caller asked for; kept for a day, so that it can ask how that went."""

    id = CharField(max_length=32, primary_key=True)
    created_at = UtcDateTimeField()


class RefreshItem(_Table):
    """One account of a refresh. With a `code` it was refused; with neither that nor a cursor answered at once."""

    refresh = ForeignKeyField(Refresh, index=False, on_delete="CASCADE")
    position = IntegerField()
    host = CharField(max_length=64)
    label = CharField(max_length=200)
    cursor = BigIntegerField(null=True)
    code = CharField(max_length=32, null=True)

    class Meta:
        primary_key = CompositeKey("refresh", "position")


Host.add_index(Host.index(Host.name, unique=True, name="host_name"))
Session.add_index(Session.index(Session.token, name="session_token"))
Account.add_index(Account.index(Account.host, Account.label, unique=True, name="account_host_label"))
Account.add_index(Account.index(Account.label, name="account_label"))
Account.add_index(Account.index(Account.revision, name="account_revision"))
Epoch.add_index(Epoch.index(Epoch.host, Epoch.epoch, unique=True, name="epoch_host_epoch"))
Reading.add_index(Reading.index(Reading.stale_at, name="reading_stale_at"))
Reading.add_index(Reading.index(Reading.identity, name="reading_identity"))
Event.add_index(Event.index(Event.account, Event.epoch, Event.seq, unique=True, name="event_order"))
Refresh.add_index(Refresh.index(Refresh.created_at, name="refresh_created_at"))

TABLES = (
    *(Fleet, Host, Token, Session, SigninCode, Account, Epoch, Ledger, Reading, Event, Pattern),
    *(RefreshQueue, Wish, Refresh, RefreshItem),
)
