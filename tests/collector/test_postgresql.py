"""What the collector demands of a PostgreSQL, and what it does when that goes away."""

import time
from contextlib import nullcontext

import pytest
from background import in_background
from databases import on_postgresql

from collector.database import FAULTS, close_database, database, open_database, run, write_transaction
from collector.queries import fleet
from collector.settings import Settings

pytestmark = on_postgresql


def setting(name: str) -> str:
    return run(f"SHOW {name}").fetchone()[0]


@pytest.mark.parametrize("said_otherwise", ["", "&options=-c%20synchronous_commit%3Doff"])
def test_an_answer_waits_for_the_disk_whatever_the_server_would_do(postgresql, database_url, tmp_path, said_otherwise):
    postgresql.execute("ALTER ROLE postgres SET default_transaction_isolation = 'serializable'")
    open_database(Settings(data_dir=tmp_path, database_url=database_url + said_otherwise))

    try:
        assert setting("synchronous_commit") == "on"
        assert setting("transaction_isolation") == "read committed"
        assert setting("lock_timeout") == "1600ms"
    finally:
        close_database()
        postgresql.execute("ALTER ROLE postgres RESET default_transaction_isolation")


def test_options_of_the_url_stay_beside_what_is_demanded(database_url, tmp_path):
    url = f"{database_url}&options=-c%20search_path%3Dfleet&connect_timeout=7"
    open_database(Settings(data_dir=tmp_path, database_url=url.replace("postgresql://", "postgres://")))

    assert (setting("search_path"), setting("synchronous_commit")) == ("fleet", "on")
    close_database()


def test_connections_that_were_lost_while_nobody_used_them_cost_no_request(postgresql, database_url, agent, reader):
    agent.send(agent.reading())

    postgresql.end_connections(database_url)

    assert reader.get("/latest").status_code == 200
    postgresql.end_connections(database_url)
    assert agent.send(agent.reading()) == [("stored", None)]


def test_a_write_whose_connection_is_lost_leaves_nothing(postgresql, database_url, app):
    def write() -> None:
        with write_transaction():
            run("UPDATE fleet SET revision = 99")
            postgresql.end_connections(database_url)

    with pytest.raises(FAULTS):
        write()
    database.close()

    assert run("SELECT revision FROM fleet").fetchone() == (0,)


def test_a_connection_lost_in_the_midst_of_a_request_means_try_again_soon(postgresql, database_url, agent, monkeypatch):
    def lose(*_):
        postgresql.end_connections(database_url)

    with monkeypatch.context() as patched:
        patched.setattr("collector.queries.hosts.record_deliveries", lose)
        response = agent.post("/snapshots", agent.batch(agent.reading(seq=1)))

    assert (response.status_code, response.get_json()["code"]) == (503, "database_unavailable")
    assert response.headers["Retry-After"] == "5"
    assert agent.send(agent.reading(seq=1)) == [("stored", None)]


def test_what_two_processes_write_never_ties_a_knot(app, agent, make_caller, monkeypatch):
    record = fleet.record_changes

    def dawdle(account_ids):
        time.sleep(0.05)
        record(account_ids)

    # Threads wait for each other in their process already.
    monkeypatch.setattr("collector.database._turn", lambda _: nullcontext())
    monkeypatch.setattr(fleet, "record_changes", dawdle)

    def register():
        caller = make_caller(agent.token)
        bodies = [{"accounts": [{"account_label": "acc1"}], "agent": {"poll_interval_sec": 60 + n}} for n in range(5)]
        return [caller.post("/registry", body).status_code for body in bodies]

    def push():
        caller = make_caller(agent.token)
        return [caller.post("/snapshots", agent.batch(agent.failure())).status_code for _ in range(5)]

    with in_background(register, push) as writers:
        answers = [writer.result(60) for writer in writers]

    assert answers == [[200] * 5] * 2
