"""Adding accounts: the page understands what the host agent understands, and sends nothing of it anywhere."""

import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect
from programs import PROGRAMS

from hostagent.commands.add import add
from hostagent.config import settings_of
from hostagent.memos import CANCELED, parse_memos

KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123"
PASTED = f"""\
╭──────────────────────────────────────────╮
│  Account:     Hana@example.com (Pro)     │
│  Session:     0199-aaaa                  │
╰──────────────────────────────────────────╯
「{CANCELED}」
new@example.com
broken@example
ask bob@example.com about it
"""
# Put together at random: what people paste, and what a shell or either of the two languages takes for something else.
PIECES = [
    *[
        "a@example.com",
        "B+c@mail.example.co.jp",
        "Account: you@example.com (Plus)",
        "account：日本@例え.jp（Pro）",
        CANCELED,
    ],
    *[
        "x@y",
        "@",
        "a@b.c.",
        "│ Account: q@r.st │",
        "xAccount: no@example.com",
        "日Account: no@example.com",
        " - ",
        "\t",
        "・",
    ],
    *["\n", "\n", "\n", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\u3000", "\xa0", "\ufeff", "\x1b", "\x1f", "\u200b"],
    *[
        "(PL AN)",
        "（",
        ")",
        "'",
        '"',
        "`id`@x.yz",
        "$HOME@x.yz",
        "\\@x.yz",
        "!!@x.yz",
        "-x@y.zz",
        "a@b.c*",
        "STRASSE@x.yz",
        "straße@x.yz",
    ],
]
HOSTILE = """\
Account: you@example.com ($(touch pwned) `touch pwned` 'x' "y" \\)
Account: -rf@example.com
`touch${IFS}pwned`@example.com
ACCOUNTS@example.com
Account: dash@example.com- and more
Account: you@EXAMPLE.com 解約済み
a!b@example.com
YOU@example_com.example
"""


def random_texts(count: int) -> list[str]:
    choose = random.Random(7)
    return ["".join(choose.choices(PIECES, k=choose.randrange(1, 12))) for _ in range(count)]


def understand(page: Page, texts: list[str]) -> Any:
    script = """async texts => {
        const { parseMemos } = await import("/static/js/add/memos.js");
        const { planAccounts } = await import("/static/js/add/labels.js");
        const { addCommand } = await import("/static/js/add/commands.js");
        return texts.map(text => {
            const { memos, passedOver } = parseMemos(text);
            return { memos: memos.map(({ email, plan, isCanceled }) => [email, plan, isCanceled]),
                     passedOver: passedOver.map(({ number }) => number),
                     labels: planAccounts(memos, [], null).map(({ label }) => label),
                     command: memos.length > 0 ? addCommand(memos) : null };
        });
    }"""
    return page.evaluate(script, texts)


def test_the_page_understands_what_the_host_agent_understands(page, collector):
    page.goto(f"{collector.url}/login")
    texts = [PASTED, HOSTILE, *random_texts(2_000)]

    for text, found in zip(texts, understand(page, texts), strict=True):
        memos, passed_over = parse_memos(text)
        assert found["memos"] == [[memo.email, memo.plan_type, memo.is_canceled] for memo in memos], repr(text)
        assert found["passedOver"] == passed_over, repr(text)
        if memos and "\n" in found["command"]:
            assert parse_memos(found["command"]) == (memos, []), repr(text)


def test_the_command_does_through_a_shell_what_the_text_would(page, collector, tmp_path):
    page.goto(f"{collector.url}/login")
    texts = [
        PASTED,
        HOSTILE,
        "plain+tag@example.com",
        "$HOME@example.com",
        "-n@example.com",
        "one@example.com 解約済み",
    ]

    for number, (text, found) in enumerate(zip(texts, understand(page, texts), strict=True)):
        by_text, by_command = tmp_path / f"text{number}", tmp_path / f"command{number}"
        by_text.mkdir()
        add(settings_of({}, by_text / "hostagent.yaml"), parse_memos(text)[0])
        run_in_shell(found["command"], by_command)

        accounts = json.loads((by_command / "accounts.json").read_text())
        assert accounts == json.loads((by_text / "accounts.json").read_text())
        assert [account["label"] for account in accounts["accounts"]] == found["labels"]
        assert {path.name for path in by_command.iterdir()} == {"hostagent.yaml", "accounts.json"}


def run_in_shell(command: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "hostagent.yaml").write_text("host: mac-mini\n")
    environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}
    subprocess.run(["bash", "-c", command], cwd=folder, env=environment, check=True, capture_output=True, timeout=60)


@pytest.fixture
def fleet(standing_fleet):
    """These tests leave it as it was."""
    return standing_fleet


@pytest.fixture
def sent(page: Page) -> list[str]:
    """Everything that the page has sent, from now on."""
    requests: list[str] = []

    def record(request: Request) -> None:
        requests.append(f"{request.url} {request.headers} {request.post_data}")

    page.on("request", record)
    return requests


@pytest.fixture
def room(signed_in: Page, sent: list[str]) -> Page:
    signed_in.get_by_test_id("nav-add").click()
    signed_in.get_by_test_id("add").wait_for()
    return signed_in


def test_what_is_pasted_is_understood_at_once_and_sent_nowhere(room, sent):
    room.context.grant_permissions(["clipboard-read", "clipboard-write"])
    room.get_by_test_id("choose-host").select_option("mac-mini")
    room.get_by_test_id("pasted").fill(PASTED)

    hana, new = room.get_by_test_id("memo").all()
    expect(hana).to_contain_text("acc_hana_example.com")
    expect(hana).to_contain_text("Already on this host")
    expect(new).to_contain_text(
        re.compile("acc_new_example.com.*new@example.com.*plan not named.*switched off", re.DOTALL)
    )
    expect(room.get_by_test_id("counts")).to_contain_text("2 accounts understood. 2 lines not understood.")
    assert [line[:7] for line in room.get_by_test_id("passed-over").locator("li").all_inner_texts()] == [
        "Line 7:",
        "Line 8:",
    ]
    room.get_by_test_id("choose-host").select_option("workstation")
    expect(hana).to_contain_text("also on mac-mini: acc_hana_example.com")
    room.get_by_test_id("step-do").get_by_role("button").click()
    lines = room.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[1:3] == ["Account: Hana@example.com (pro)", f"Account: new@example.com {CANCELED}"]

    with room.expect_response("**/hosts"):
        room.get_by_test_id("nav-hosts").click()
    assert any("/hosts" in request for request in sent)
    assert not [request for request in sent if re.search("hana|new@|bob", request, re.IGNORECASE)]
    room.get_by_test_id("nav-add").click()
    expect(room.get_by_test_id("pasted")).to_have_value(PASTED)
    expect(room.get_by_test_id("choose-host")).to_have_value("workstation")
    room.reload()
    expect(room.get_by_test_id("pasted")).to_have_value("")


def test_a_new_host_is_joined_before_its_accounts_are_named(room, fleet):
    room.get_by_test_id("pasted").fill("you@example.com")
    expect(room.get_by_test_id("steps")).to_have_count(0)
    room.get_by_test_id("choose-host").select_option("+")
    name = room.get_by_label("Name of the new host")
    name.fill("$(id)")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(room.get_by_test_id("steps")).to_have_count(0)

    name.fill("new-box")

    assert room.get_by_test_id("steps").get_by_test_id("command").all_inner_texts() == [
        f"hostagent init --collector {fleet.url} --host new-box",
        "hostagent add you@example.com",
        "hostagent login --all",
        "hostagent install-service",
    ]


def test_a_pasted_key_is_neither_kept_nor_shown_nor_sent(room, sent):
    room.get_by_test_id("pasted").fill(f"{KEY}")

    expect(room.get_by_test_id("secret")).to_contain_text("nothing was sent anywhere")
    expect(room.get_by_test_id("pasted")).to_have_value("")
    room.get_by_test_id("pasted").fill(f"you@example.com\nkey: {KEY}\n")
    expect(room.get_by_test_id("pasted")).to_have_value("you@example.com\nkey: \n")
    assert "sk-ant" not in room.content()
    assert "sk-ant" not in room.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])")
    assert not [request for request in sent if "sk-ant" in request]
    expect(room.get_by_test_id("claude").get_by_test_id("command")).to_have_text("hostagent add-key")


def test_hidden_emails_stay_hidden_but_the_copied_command_is_whole(room):
    room.context.grant_permissions(["clipboard-read", "clipboard-write"])
    room.get_by_test_id("choose-host").select_option("workstation")
    room.get_by_test_id("pasted").fill("Account: hana@example.com (Plus)")
    room.get_by_test_id("privacy").click()

    expect(room.get_by_test_id("memo")).to_contain_text("h•••@e•••")
    assert "hana" not in room.locator("main").inner_text()
    assert room.get_by_test_id("pasted").evaluate("node => getComputedStyle(node).webkitTextSecurity") == "disc"
    room.get_by_test_id("step-do").get_by_role("button").click()
    assert "hana@example.com" in room.evaluate("navigator.clipboard.readText()")
