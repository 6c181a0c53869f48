"""Settings from the environment, and the folder they name."""

import pytest

from collector.errors import SettingsError
from collector.origins import Origin, parse_origin
from collector.server import Address, parse_address
from collector.settings import prepare_data_dir, read_settings


def test_nothing_needs_to_be_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    settings = read_settings({})

    assert settings.data_dir == tmp_path / "data"
    assert (settings.database_url, settings.public_url, settings.log_level) == (None, None, "INFO")


def test_an_empty_value_is_as_good_as_none():
    names = (
        "DATABASE_URL",
        "COLLECTOR_ADMIN_TOKEN",
        "COLLECTOR_ADMIN_TOKEN_FILE",
        "COLLECTOR_LOG_LEVEL",
        "COLLECTOR_TRUSTED_PROXIES",
        "COLLECTOR_RETENTION_DAYS",
        "COLLECTOR_DEMO",
    )

    assert read_settings(dict.fromkeys(names, "")) == read_settings({})


def test_a_history_is_kept_for_400_days_unless_said_otherwise():
    assert read_settings({}).retention_days == 400
    assert read_settings({"COLLECTOR_RETENTION_DAYS": "30"}).retention_days == 30


@pytest.mark.parametrize("days", ["0", "-1", "36501", "1e3", "a year", "٣"])
def test_a_history_is_kept_for_a_number_of_days(days):
    with pytest.raises(SettingsError, match="COLLECTOR_RETENTION_DAYS"):
        read_settings({"COLLECTOR_RETENTION_DAYS": days})


def test_switches_are_off_until_they_are_1():
    names = ("COLLECTOR_INSECURE_HTTP", "COLLECTOR_DEMO")

    on, off = (read_settings(dict.fromkeys(names, value)) for value in "10")

    assert (on.allows_insecure_http, on.is_demo) == (True, True)
    assert off == read_settings({})


ADMIN_TOKEN = f"csfm_0a1b2c3d4e5f_{'0123456789abcdef' * 4}"


def test_an_admins_token_is_taken_from_the_environment_or_from_a_file(tmp_path):
    (tmp_path / "token").write_text(ADMIN_TOKEN + "\n")

    given = read_settings({"COLLECTOR_ADMIN_TOKEN": ADMIN_TOKEN})
    in_file = read_settings({"COLLECTOR_ADMIN_TOKEN_FILE": str(tmp_path / "token")})

    assert given == in_file
    assert given.admin_token == ADMIN_TOKEN
    assert ADMIN_TOKEN not in repr(given)


@pytest.mark.parametrize(
    "token",
    [
        "hunter2",
        ADMIN_TOKEN.replace("csfm", "csfv"),
        ADMIN_TOKEN + "0",
        ADMIN_TOKEN.upper(),
        f"csfm_{'0' * 12}_{'0' * 64}",
        f"csfm_{'0' * 12}_{'deadbeef' * 8}",
        f"csfm_{'0' * 12}_{'123456789' * 7}1",
    ],
)
def test_an_admins_token_that_could_be_guessed_is_a_fault_that_says_how_to_make_one(token):
    with pytest.raises(SettingsError, match="openssl rand -hex 32") as refused:
        read_settings({"COLLECTOR_ADMIN_TOKEN": token})

    assert token not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"hunter2"])
def test_a_file_without_an_admins_token_is_a_fault(tmp_path, content):
    if content is not None:
        (tmp_path / "token").write_bytes(content)

    with pytest.raises(SettingsError, match="COLLECTOR_ADMIN_TOKEN"):
        read_settings({"COLLECTOR_ADMIN_TOKEN_FILE": str(tmp_path / "token")})


def test_two_admins_tokens_are_a_fault(tmp_path):
    (tmp_path / "token").write_text(ADMIN_TOKEN)

    with pytest.raises(SettingsError, match="keep one of them"):
        read_settings({"COLLECTOR_ADMIN_TOKEN": ADMIN_TOKEN, "COLLECTOR_ADMIN_TOKEN_FILE": str(tmp_path / "token")})


@pytest.mark.parametrize("number", ["-1", "10", "1.5", "٣"])
def test_proxies_that_cannot_be_counted_are_a_fault(number):
    with pytest.raises(SettingsError, match="COLLECTOR_TRUSTED_PROXIES"):
        read_settings({"COLLECTOR_TRUSTED_PROXIES": number})


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://status.example.com", Origin("https", "status.example.com", 443)),
        ("HTTPS://Status.Example.com:443/", Origin("https", "status.example.com", 443)),
        ("http://127.0.0.1:8080", Origin("http", "127.0.0.1", 8080)),
        ("http://[::1]:8080", Origin("http", "::1", 8080)),
    ],
)
def test_an_origin_is_the_same_however_it_is_written(text, origin):
    assert parse_origin(text) == origin
    assert parse_origin(str(origin)) == origin


def test_every_fault_is_told_at_once(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError) as refused:
        read_settings(
            {
                "COLLECTOR_DATA_DIR": str(tmp_path / "file"),
                "DATABASE_URL": "mysql://user:hunter2@db/fleet",
                "COLLECTOR_PUBLIC_URL": "status.example.com",
                "COLLECTOR_TRUSTED_PROXIES": "two",
                "COLLECTOR_RETENTION_DAYS": "0",
                "COLLECTOR_ADMIN_TOKEN": "hunter2",
                "COLLECTOR_INSECURE_HTTP": "yes",
                "COLLECTOR_DEMO": "on",
                "COLLECTOR_LOG_LEVEL": "loud",
            }
        )

    names = [fault.split(":")[0] for fault in refused.value.faults]
    assert names == [
        "COLLECTOR_DATA_DIR",
        "DATABASE_URL",
        "COLLECTOR_PUBLIC_URL",
        "COLLECTOR_TRUSTED_PROXIES",
        "COLLECTOR_RETENTION_DAYS",
        "COLLECTOR_ADMIN_TOKEN",
        "COLLECTOR_INSECURE_HTTP",
        "COLLECTOR_DEMO",
        "COLLECTOR_LOG_LEVEL",
    ]
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "https://",
        "https://example.com/path",
        "//example.com",
        "http://[bad",
        "http://a:b",
        "https://me@a",
    ],
)
def test_a_public_address_that_cannot_be_is_a_fault(url):
    with pytest.raises(SettingsError):
        read_settings({"COLLECTOR_PUBLIC_URL": url})


def test_a_new_data_folder_is_closed_to_others(tmp_path):
    assert prepare_data_dir(tmp_path / "new" / "data") is None

    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700


def test_an_open_data_folder_is_closed_and_that_is_said(tmp_path):
    tmp_path.chmod(0o755)

    assert "closed now" in prepare_data_dir(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_cannot_be_made_is_a_fault(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match="chmod 700"):
        prepare_data_dir(tmp_path / "file" / "data")


@pytest.mark.parametrize(
    ("text", "address", "is_loopback"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080), True),
        ("localhost:0", Address("localhost", 0), True),
        ("[::1]:8080", Address("::1", 8080), True),
        ("0.0.0.0:80", Address("0.0.0.0", 80), False),
        ("[::]:80", Address("::", 80), False),
        ("fleet.example.com:80", Address("fleet.example.com", 80), False),
    ],
)
def test_an_address_is_a_host_and_a_port(text, address, is_loopback):
    assert parse_address(text) == address
    assert str(address) == text
    assert address.is_loopback is is_loopback


@pytest.mark.parametrize("text", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "::1:8080", "127.0.0.1:65536", "a:b"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="is not like"):
        parse_address(text)
