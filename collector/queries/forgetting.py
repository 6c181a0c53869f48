"""Forgetting accounts and hosts that are no more: out of sight, and with `is_purge` also out of the database."""

from collections.abc import Iterable
from datetime import datetime

from collector.database import run, write_transaction
from collector.errors import StillRegistered, UnknownAccount, UnknownHost
from collector.models import Account, Host
from collector.queries import accounts, fleet, hosts, tokens
from collector.states import HostState, judge_host


def forget_account(host_name: str, label: str, is_purge: bool, now: datetime) -> None:
    """Raises UnknownAccount, and StillRegistered while an agent of the host could name the account again."""
    with write_transaction():
        account = Account.select().join(Host).where(Host.name == host_name, Account.label == label).first()
        if account is None:
            raise UnknownAccount(f"{host_name} never had an account {label}.")
        if account.removed_at is None and tokens.has_host_any(account.host_id):
            raise StillRegistered(
                f"{host_name} still names {label}. Take it out there with: hostagent remove {label}"
                f" - or, if the machine is gone, forget all of {host_name}."
            )
        accounts.remove([account], now)
        if is_purge:
            _purge([account], host_name)


def forget_host(name: str, is_purge: bool, now: datetime) -> None:
    """Its tokens are revoked and its accounts are gone. Its name stays, for the list of tokens.

    Raises UnknownHost, and StillRegistered while its agent names accounts and was heard of lately.
    """
    with write_transaction():
        host = Host.get_or_none(Host.name == name)
        if host is None:
            raise UnknownHost(f"No token was ever made for a host {name}.")
        found = list(Account.select().where(Account.host == host.id))
        if any(account.removed_at is None for account in found) and _is_speaking(host.id, now):
            raise StillRegistered(
                f"{name} still names its accounts. Stop its agent and wait until it is silent, or revoke its tokens."
            )
        tokens.revoke_of_host(host.id, now)
        accounts.remove(found, now)
        if is_purge:
            hosts.clear_report(host.id)
            _purge(found, name)


def _is_speaking(host_id: int, now: datetime) -> bool:
    state = judge_host(hosts.get_facts(host_id), now)
    return state in {HostState.ONLINE, HostState.LATE} and tokens.has_host_any(host_id)


def _purge(found: Iterable[Account], host_name: str) -> None:
    """Delete the accounts with all that belongs to them, and what was once asked about them."""
    fleet.begin_anew()
    for account in found:
        account.delete_instance(recursive=True)
        run("DELETE FROM refresh_item WHERE host = ? AND label = ?", (host_name, account.label))
