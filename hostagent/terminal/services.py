"""install-service, uninstall-service, logs."""

import argparse
import os
import shlex
from collections.abc import Sequence

from hostagent.commands.install_service import Installation, install_service, uninstall_service
from hostagent.commands.logs import choose_log
from hostagent.config import Config
from hostagent.errors import UsageError
from hostagent.process import become
from hostagent.services.keeper import Keeper, KeeperName, choose_keeper, refuse_missing, usual_keeper
from hostagent.services.service import Service, own_command, passed_on, plan_service
from hostagent.services.systemd import Systemd
from hostagent.terminal.dialogue import settings, show_progress, tell


def run_install_service(options: argparse.Namespace) -> int:
    name: KeeperName = options.keeper or usual_keeper()
    is_system = _is_system(options)
    config, accounts = settings(options)
    service = plan_service(config, accounts, is_timer=options.is_timer)
    for variable in passed_on(os.environ)[1]:
        tell(f"{variable} seems to hold a password; it is not written where everybody can read it")
    keeper = choose_keeper(name, is_system=is_system)
    if options.print:
        _print_files(keeper, service)
        return os.EX_OK
    _refuse_elsewhere(name, is_system=is_system)
    _refuse_other_user(config, service, is_system=is_system)
    show_progress(f"Installing for {_whom(is_system=is_system)}; --user and --system choose.")
    _show_installation(install_service(config, service, keeper), service, is_system=is_system)
    return os.EX_OK


def run_uninstall_service(options: argparse.Namespace) -> int:
    is_system = _is_system(options)
    keeper, other = (choose_keeper(usual_keeper(), is_system=scope) for scope in (is_system, not is_system))
    if is_system and os.geteuid() != 0 and keeper.installed():
        raise UsageError(f"--system needs root; type: sudo {shlex.join([*own_command(), 'uninstall-service'])}")
    removed = uninstall_service(keeper)
    for path in removed:
        print(f"{path}: removed")
    if removed:
        print("The service is ended, and gone. Accounts, logins and the spool stay.")
        return os.EX_OK
    print(f"No service is installed for {_whom(is_system=is_system)}.")
    if other.installed():
        print(f"Next: hostagent uninstall-service {'--user' if is_system else '--system'}")
    return os.EX_OK


def run_logs(options: argparse.Namespace) -> int:
    config, _ = settings(options, is_accounts_file_needed=False)
    systemds = [Systemd.of_this_machine(is_system=is_system) for is_system in (False, True)]
    command = choose_log(config, systemds, options.lines, is_followed=options.follow)
    show_progress(shlex.join(command))
    try:
        become(command)
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}") from error


def _is_system(options: argparse.Namespace) -> bool:
    """Root's services are usually the system's."""
    return os.geteuid() == 0 if options.is_system is None else bool(options.is_system)


def _whom(*, is_system: bool) -> str:
    return "the system" if is_system else "this user"


def _refuse_elsewhere(name: KeeperName, *, is_system: bool) -> None:
    """Raises UsageError where it cannot be installed, or is already in the other of the two places."""
    if name != usual_keeper():
        raise UsageError(f"this machine has no {name}; --for goes with --print")
    refuse_missing(name)
    if choose_keeper(name, is_system=not is_system).installed():
        place = _whom(is_system=not is_system)
        step = f"hostagent uninstall-service {'--user' if is_system else '--system'}"
        raise UsageError(f"it is installed for {place} already; first type: {step}")


def _refuse_other_user(config: Config, service: Service, *, is_system: bool) -> None:
    """Raises UsageError with what to type instead, and as whom."""
    kind = ["--timer"] if service.is_timer else []
    typed = shlex.join([*own_command(), "install-service", *kind, "--config", str(config.path)])
    if is_system and os.geteuid() != 0:
        raise UsageError(f"--system needs root; type: sudo {typed}")
    if not is_system and os.geteuid() != service.owner.pw_uid:
        raise UsageError(f"the files are {service.owner.pw_name}'s; logged in as that user, type: {typed}")


def _print_files(keeper: Keeper, service: Service) -> None:
    """As `systemctl cat` shows units; nothing may come before a property list."""
    for path, text in keeper.files(service).items():
        print(text if path.suffix == ".plist" else f"# {path}\n{text}")


def _show_installation(done: Installation, service: Service, *, is_system: bool) -> None:
    for path in done.files:
        print(f"{path}: {'replaced' if done.is_replacing else 'written'}")
    if done.commands_left:
        _show_commands_left(done.commands_left)
    else:
        what = f"reads the accounts every {service.interval_seconds} s" if service.is_timer else "runs"
        again = "the machine starts" if is_system else "you log in"
        print(f"The host agent {what} from now on, and again whenever {again}.")
    if not is_system and usual_keeper() == "systemd":
        print("So that it goes on while you are logged out: loginctl enable-linger")
    print("What it says: hostagent logs -f    To undo this: hostagent uninstall-service")


def _show_commands_left(commands: Sequence[Sequence[str]]) -> None:
    """As in a container, or for a user who came by `su`."""
    print(f"{commands[0][0]} gets no answer here, so nothing is started. Where it gets one, type:")
    for command in commands:
        print(f"  {shlex.join(command)}")
