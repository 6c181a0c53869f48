"""304 for a reader of `/latest` that has it already: until something is written, or time alone changes something."""

import pytest


@pytest.fixture
def host(agent):
    """The agent of mac-mini, whose account has been read; silent after 15 minutes, stale after 16."""
    agent.send(agent.reading())
    return agent


def etag_of(reader, path="/latest"):
    return reader.get(path).headers["ETag"]


def ask_again(reader, etag, path="/latest"):
    return reader.get(path, headers={"If-None-Match": etag})


@pytest.mark.parametrize("path", ["/latest", "/latest?raw=0", "/latest/acc1"])
def test_who_has_it_already_gets_304_without_a_body(host, reader, path, clock):
    etag = etag_of(reader, path)
    clock.advance(minutes=10)

    response = ask_again(reader, etag, path)

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == etag
    assert etag.startswith('W/"')


def test_304_looks_at_no_account(host, reader, monkeypatch):
    etag = etag_of(reader)
    monkeypatch.setattr("collector.queries.bodies.list_bodies", lambda *_: pytest.fail("the accounts were read"))

    assert ask_again(reader, etag).status_code == 304


def test_an_etag_is_for_one_question(host, reader):
    assert ask_again(reader, etag_of(reader), "/latest?raw=0").status_code == 200
    assert ask_again(reader, "*").status_code == 200


def test_no_304_once_something_was_written(host, reader):
    etag = etag_of(reader)
    host.send(host.reading())

    assert ask_again(reader, etag).status_code == 200


def test_no_304_across_any_deadline(host, reader, clock):
    etag = etag_of(reader)
    clock.advance(minutes=15, seconds=-1)
    assert ask_again(reader, etag).status_code == 304

    clock.advance(seconds=1)
    silent = ask_again(reader, etag)
    assert silent.status_code == 200

    host.get("/session")
    awake = ask_again(reader, silent.headers["ETag"])
    assert awake.status_code == 200
    assert ask_again(reader, etag).status_code == 200

    clock.advance(minutes=1)
    assert ask_again(reader, awake.headers["ETag"]).status_code == 200


def test_no_304_when_one_host_speaks_again_while_another_falls_silent(make_agent, reader, clock):
    one, other = make_agent("one"), make_agent("other")
    one.register("acc1")
    clock.advance(minutes=10)
    other.register("acc1")
    clock.advance(minutes=10)
    etag = etag_of(reader)

    clock.advance(minutes=5)
    one.get("/session")

    assert ask_again(reader, etag).status_code == 200
