"""The command blocks of the READMEs, for tests that type them."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def command_blocks(name: str) -> list[str]:
    """The text of every `sh` block, without its indentation."""
    text = (ROOT / name).read_text()
    found = re.findall(r"^( *)```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in block.splitlines()) for indent, block in found]


# Each block of README.md by what the tests call it.
DEMO, TEST, EXAMPLE, UP, LOGIN, CURL, SERVICE = command_blocks("README.md")
# Blocks that no test types, and why.
NOT_TYPED = {TEST: "is what runs the tests"}
