"""Ways to damage a file of the spool, or the counter beside it."""

import os
import random
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path], None]


def flip_one_bit(path: Path) -> None:
    flip_bits(path, 1)


def flip_many_bits(path: Path) -> None:
    flip_bits(path, 50)


def flip_bits(path: Path, count: int) -> None:
    """In the digest or in what it vouches for; what stands before it in the header is only for a person to read."""
    content = bytearray(path.read_bytes())
    for position in random.sample(range(content.index(b'"sha256"'), len(content)), count):
        content[position] ^= 1 << random.randrange(8)
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    os.truncate(path, random.randrange(1, path.stat().st_size))


def empty(path: Path) -> None:
    os.truncate(path, 0)


def lose_the_end(path: Path) -> None:
    """As a power cut leaves it: the length is right, but the last pages were never written."""
    size = path.stat().st_size
    os.truncate(path, random.randrange(size))
    os.truncate(path, size)


def append_something(path: Path) -> None:
    path.write_bytes(path.read_bytes() + random.randbytes(random.randint(1, 100)))


def write_garbage(path: Path) -> None:
    path.write_bytes(random.randbytes(path.stat().st_size))


def write_much_garbage(path: Path) -> None:
    path.write_bytes(random.randbytes(3 * 1024 * 1024))


def write_deep_json(path: Path) -> None:
    path.write_bytes(b"[" * 200_000)


def write_other_json(path: Path) -> None:
    path.write_bytes(random.choice([b"[]\n{}", b"{}\n{}", b"5\n5", b'{"sha256": null}\n{}', b"null\nnull", b"NaN\n{}"]))


def take_the_header_of_another(path: Path) -> None:
    other = random.choice([other for other in path.parent.iterdir() if other != path])
    path.write_bytes(b"\n".join([other.read_bytes().split(b"\n")[0], path.read_bytes().split(b"\n")[1]]))


def lose_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes().split(b"\n")[1])


def lose_the_body(path: Path) -> None:
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_a_link(path: Path) -> None:
    """To nowhere, to itself, to something without end."""
    path.unlink()
    path.symlink_to(random.choice(["/nowhere", path.name, "/dev/zero"]))


def forbid_reading(path: Path) -> None:
    """Root may read it all the same, so it is emptied as well."""
    empty(path)
    path.chmod(0)


# The snapshots in the file are lost, and counted.
OF_A_FILE: tuple[Damage, ...] = (
    flip_one_bit,
    flip_many_bits,
    cut_short,
    empty,
    lose_the_end,
    append_something,
    write_garbage,
    write_much_garbage,
    write_deep_json,
    write_other_json,
    take_the_header_of_another,
    lose_the_header,
    lose_the_body,
    become_a_folder,
    become_a_pipe,
    become_a_link,
    forbid_reading,
)


def odd_name() -> str:
    names = (random.randbytes(20).replace(b"/", b"").replace(b"\0", b""), b"9" * 20 + b"-001", b"x" * 249, b"\xff\n")
    return os.fsdecode(random.choice(names)) + ".batch"


def rename(path: Path) -> None:
    path.rename(path.parent / odd_name())


def counter_of(path: Path) -> Path:
    return path.parent.parent / "sequence.json"


def damage_the_counter(path: Path) -> None:
    random.choice(OF_A_FILE[:10])(counter_of(path))


def replace_the_counter(path: Path) -> None:
    random.choice([become_a_folder, become_a_pipe, become_a_link])(counter_of(path))


def lose_the_counter(path: Path) -> None:
    counter_of(path).unlink()


# Nothing is lost by these.
HARMLESS: tuple[Damage, ...] = (rename, damage_the_counter, replace_the_counter, lose_the_counter)


def put_something_beside(path: Path) -> None:
    """Nothing is lost by it either, but it is set aside."""
    (path.parent / odd_name()).write_bytes(random.randbytes(100))
