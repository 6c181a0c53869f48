"""The real parts that the tests stand on are there and work."""

import psycopg

from hostagent.codex_program import read_version


def test_every_codex_is_the_version_it_is_filed_under(any_codex, request, tmp_path):
    assert read_version(any_codex, tmp_path) == request.node.callspec.params["any_codex"]


def test_chromium_renders_a_page(page):
    page.set_content("<h1>Hello</h1>")

    assert page.inner_text("h1") == "Hello"


def test_postgresql_answers(postgresql_url):
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
