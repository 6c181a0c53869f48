"""Under which names the collector answers."""

import pytest
from databases import on_any_database

pytestmark = on_any_database

PUBLIC = {"public_url": "https://status.example.com"}
OTHERS = ("evil.example", "status.example.com.evil.example", "localhost.evil.example", "10.0.0.5:8080", "[2001:db8::1]")


def get(caller, host: str, path: str = "/latest"):
    return caller.get(path, headers={"Host": host})


@pytest.mark.parametrize("settings", [PUBLIC], indirect=True)
@pytest.mark.parametrize("host", ["status.example.com", "STATUS.example.com:443", "status.example.com:8080"])
def test_the_public_name_is_answered_on_every_port(reader, host):
    assert get(reader, host).status_code == 200


@pytest.mark.parametrize("settings", [{}, PUBLIC], indirect=True)
@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_this_machine_may_always_ask_by_its_own_names(reader, host):
    assert get(reader, host).status_code == 200


@pytest.mark.parametrize(
    ("settings", "advice"),
    [({}, "set COLLECTOR_PUBLIC_URL"), (PUBLIC, "https://status.example.com")],
    indirect=["settings"],
)
@pytest.mark.parametrize("path", ["/latest", "/", "/login", "/session", "/nowhere"])
@pytest.mark.parametrize("host", OTHERS)
def test_under_another_name_nothing_is_answered(reader, host, path, advice):
    response = get(reader, host, path)

    assert (response.status_code, response.get_json()["code"]) == (421, "misdirected_request")
    assert advice in response.get_json()["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whoever_looks_after_the_process_may_ask_by_any_name(anonymous, path):
    assert get(anonymous, "10.0.0.5:8080", path).status_code == 200


def test_a_change_under_another_name_changes_nothing(agent, reader):
    response = agent.request("POST", "/registry", json={"accounts": []}, headers={"Host": "evil.example"})

    assert response.status_code == 421
    assert len(reader.latest()) == 1


@pytest.mark.parametrize("settings", [{"trusted_proxies": 1}], indirect=True)
def test_not_even_a_trusted_proxy_gives_another_name(reader):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "127.0.0.1"}

    assert reader.get("/latest", headers=headers).status_code == 421
