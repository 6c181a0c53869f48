"""The same login in several places: each is shown where the others are."""

import pytest


def test_the_same_login_in_several_places_is_shown_at_each(make_agent, reader):
    one, other = make_agent("one"), make_agent("other")
    for agent in (one, other):
        agent.register("acc1")
        agent.send(agent.reading("acc1"))

    assert [item["also_at"] for item in reader.latest()] == [
        [{"host": "other", "account_label": "acc1"}],
        [{"host": "one", "account_label": "acc1"}],
    ]


@pytest.mark.parametrize(
    ("identity", "is_same"),
    [
        ({"account_email": " YOU@Example.com"}, True),
        ({"account_email": "somebody@example.com"}, False),
        ({"account_email": "you@example.com", "account_id": "workspace-1"}, False),
        ({"account_email": None}, False),
        ({"account_email": "you@example.com", "provider": "anthropic"}, False),
    ],
)
def test_a_login_is_the_same_by_provider_id_and_email(agent, reader, identity, is_same):
    agent.register("acc1", "acc2")
    second = agent.reading("acc2")
    second["parsed"]["normalized"].update(identity)

    agent.send(agent.reading("acc1"), second)

    assert bool(reader.item("acc1")["also_at"]) is is_same
