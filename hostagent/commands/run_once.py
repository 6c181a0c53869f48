"""`hostagent run --once`: one round, for timers and for platforms that sleep."""

import dataclasses
import logging
from collections.abc import Mapping

from hostagent.accounts import Account, AccountsFile
from hostagent.collector_client import Collector
from hostagent.commands.push import Push, deliver_now
from hostagent.config import Config
from hostagent.errors import CollectorUnavailable, ConfigError
from hostagent.orphans import ending_orphans
from hostagent.pauses import Pauses
from hostagent.probing import ShowProgress, probe_all
from hostagent.process import stop_on_signals
from hostagent.rounds import note_single_round
from hostagent.state_locks import only_agent

logger = logging.getLogger(__name__)


def run_once(config: Config, accounts: AccountsFile, show: ShowProgress) -> Push:
    """Read what is due and what somebody wishes, then deliver it and all that waits.

    Raises CollectorUnavailable with everything safe in the spool, ConfigError, StateBusy, Stopped.
    """
    if not accounts.accounts:
        raise ConfigError(f"{config.accounts_file}: names no account; add one: hostagent add you@example.com")
    collector = Collector(config)
    with only_agent(config.state_dir):
        pauses, wishes = Pauses(config.state_dir), _open_wishes(collector)
        due = [account for account in accounts.accounts if _is_due(account, config, pauses, wishes)]
        with stop_on_signals() as stop, ending_orphans(config.state_dir):
            snapshots = probe_all(due, config, stop, show)
        for snapshot in snapshots:
            pauses.note(accounts.find(snapshot.account_label), snapshot)
        note_single_round(config.state_dir)
        answers = [dataclasses.replace(s, refresh_cursor=wishes.get(s.account_label)) for s in snapshots]
        delivery = deliver_now(config, accounts, collector, answers, is_stopped=len(snapshots) < len(due))
    return Push(answers, delivery)


def _open_wishes(collector: Collector) -> Mapping[str, int]:
    """Without an answer there are none to know of; what is due is read all the same."""
    try:
        return dict(collector.open_refreshes(after=0, wait_seconds=0).wishes)
    except CollectorUnavailable as error:
        logger.warning("%s", error)
        return {}


def _is_due(account: Account, config: Config, pauses: Pauses, wishes: Mapping[str, int]) -> bool:
    if not account.enabled:
        return False
    if account.label in wishes:
        return True
    return not config.manual_refresh and pauses.is_worth_asking(account)
