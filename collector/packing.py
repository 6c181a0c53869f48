"""The texts of an event, packed. There are many, and what one account is told is nearly the same each time.

Deflate with an earlier text of the account as its dictionary, the account's pattern: a text costs what makes it
different from that, less than a tenth of its size. Without a pattern it takes a third.
"""

import zlib

# By its first byte a packed text tells whether a pattern unpacks it.
_ALONE, _WITH_PATTERN = 1, 2
# Farther back than 32 KiB nothing can be pointed to.
_LONGEST_PATTERN = 24 * 1024
# No JSON text of ours has a line break in it.
_BETWEEN = "\n"
# Half the time of the default for a text that is not much longer.
_LEVEL = 3
# Without header and checksum, which would be a tenth of it.
_RAW_DEFLATE = -15


def pattern_of(raw_json: str | None, parsed_json: str | None) -> str | None:
    """What later texts of the account can be packed with; None where these are of no use for that."""
    if raw_json is None or parsed_json is None or len(raw_json) + len(parsed_json) > _LONGEST_PATTERN:
        return None
    return raw_json + _BETWEEN + parsed_json


def pack(raw_json: str | None, parsed_json: str | None, pattern: str | None = None) -> bytes | None:
    """None where there is neither text. The same pattern unpacks it."""
    if raw_json is None and parsed_json is None:
        return None
    text = f"{raw_json or ''}{_BETWEEN}{parsed_json or ''}".encode()
    kind, words = (_ALONE, b"") if pattern is None else (_WITH_PATTERN, pattern.encode())
    deflate = zlib.compressobj(_LEVEL, wbits=_RAW_DEFLATE, zdict=words)
    return bytes([kind]) + deflate.compress(text) + deflate.flush()


def unpack(packed: bytes | None, pattern: str | None = None) -> tuple[str | None, str | None]:
    """`raw_json` and `parsed_json`, as they were packed."""
    if packed is None:
        return None, None
    words = (pattern or "").encode() if packed[0] == _WITH_PATTERN else b""
    inflate = zlib.decompressobj(wbits=_RAW_DEFLATE, zdict=words)
    raw_json, _, parsed_json = inflate.decompress(packed[1:]).decode().partition(_BETWEEN)
    return raw_json or None, parsed_json or None
