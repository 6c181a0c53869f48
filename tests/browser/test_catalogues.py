"""Both languages say everything, and nothing that the page never shows."""

import json
import re
from pathlib import Path

import pytest

from collector.states import State
from collector.wire import ErrorCode

STATIC = Path(__file__).parents[2] / "collector/static"
LANGUAGES = ["en", "ja"]
REASONS = {"email_differs", "plan_differs", "reading_old", "host_silent"}
# Words of the page for accounts that answer, but would refuse work.
LOOKS = {"used_up", "blocked"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    return json.loads((STATIC / f"i18n/{language}.json").read_text(), object_pairs_hook=unique_keys)


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), "a key stands twice"
    return dict(pairs)


def family(prefix: str) -> set[str]:
    return {key.removeprefix(prefix) for key in catalogue("en") if key.startswith(prefix)}


def forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def places(text: str | dict[str, str]) -> set[str]:
    return {name for form in forms(text) for name in PLACEHOLDER.findall(form)}


def own_scripts() -> str:
    return "\n".join(path.read_text() for path in sorted(STATIC.glob("js/**/*.js")))


def test_both_languages_have_the_same_keys_in_the_same_order():
    assert list(catalogue("en")) == list(catalogue("ja"))


def test_both_languages_fill_the_same_places():
    english, japanese = ({key: places(text) for key, text in catalogue(language).items()} for language in LANGUAGES)

    assert english == japanese


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_each_plural_has_its_last_resort(language: str):
    for key, text in catalogue(language).items():
        assert all(form.strip() for form in forms(text)), key
        assert isinstance(text, str) or "other" in text, key


def test_every_state_has_a_word():
    assert family("state.") == {state.value for state in State} | LOOKS | {"usable", "needs_hand"}


def test_every_error_code_has_a_sentence():
    assert family("error.") == {code.value for code in ErrorCode}


def test_every_reason_has_a_sentence():
    assert family("reason.") >= REASONS


def test_every_error_code_and_reason_has_a_next_step():
    steps = re.search(r"STEP_BY_REASON = \{(.*?)\n\}", (STATIC / "js/advice.js").read_text(), re.DOTALL)
    assert steps
    named = dict(re.findall(r"(\w+): \"(\w+)\"", steps[1]))

    assert set(named) == {code.value for code in ErrorCode} | REASONS | {"pending"}
    assert set(named.values()) == family("step.")


def test_no_key_is_unused():
    scripts = own_scripts()
    families = re.findall(r"`([a-z_.]+\.)\$\{", scripts)
    families += [f"{family}." for family in re.findall(r'nameOf\("([a-z_.]+)"', scripts)]

    unused = [key for key in catalogue("en") if f'"{key}"' not in scripts and not key.startswith(tuple(families))]

    assert unused == []


def test_no_key_is_missing():
    wanted = re.findall(r"""words\.text\("([\w.]+)\"""", own_scripts())

    assert set(wanted) <= set(catalogue("en"))
