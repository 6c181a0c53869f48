"""What looks like a secret does not get into a sentence."""

import pytest

from hostagent.redact import redact


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("sk-ant-api03-abcdef_ghijkl", "sk-…"),
        ("sk-proj-abcdefgh", "sk-…"),
        ("csfa_1a2b3c_0123456789", "csfa_…"),
        ("Bearer abc.def~ghi", "Bearer …"),
        ("rt-4Zq_0123456789", "rt-…"),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "…"),
    ],
)
def test_a_secret_in_a_sentence_is_shortened(secret, shown):
    assert redact(f"no e-mail: {secret}, sorry") == f"no e-mail: {shown}, sorry"


@pytest.mark.parametrize("text", ["acc1: not logged in", "/srv/fleet/accounts/acc_sk.example/.codex", "task-manager"])
def test_other_words_stay_as_they_are(text):
    assert redact(text) == text
