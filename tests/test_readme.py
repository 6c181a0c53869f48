"""The READMEs are true: they say the same, and what they tell people to type is typed by a test."""

import re

import pytest
from readme import CURL, DEMO, EXAMPLE, LOGIN, NOT_TYPED, ROOT, SERVICE, UP, command_blocks

TYPED = {DEMO, EXAMPLE, UP, LOGIN, CURL, SERVICE}  # in tests/integration/test_up.py


def test_every_command_block_is_typed_by_a_test_or_has_its_reason():
    assert set(command_blocks("README.md")) == TYPED | set(NOT_TYPED)


def test_both_languages_have_the_same_commands():
    assert command_blocks("README.ja.md") == command_blocks("README.md")


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_every_file_that_is_named_exists(name):
    text = (ROOT / name).read_text()

    for target in re.findall(r"\]\(([^):]+)\)", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_both_languages_have_the_same_tables(name):
    rows = [line for line in (ROOT / name).read_text().splitlines() if line.startswith("|")]

    assert len(rows) == len([line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")])
