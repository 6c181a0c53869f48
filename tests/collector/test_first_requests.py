"""What has to be ready before the first requests of a process, which may come many at once."""

import subprocess
import sys

# msgspec keeps what it knows of a type beside the type itself; it crashes when two threads look for that at once.
UNREADY = """
import gc, msgspec
import collector.app
from collector import metrics, wire

known = [each for module in (metrics, wire) for each in vars(module).values() if isinstance(each, type)]
for each in known:
    if issubclass(each, msgspec.Struct) and each.__struct_fields__:
        if not any(type(part).__name__ == "StructInfo" for part in gc.get_referents(each)):
            print(each.__name__)
"""


def test_every_type_that_is_read_is_known_before_threads_ask_for_it():
    done = subprocess.run([sys.executable, "-c", UNREADY], capture_output=True, text=True, check=True)

    assert done.stdout == ""
