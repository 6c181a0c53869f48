"""The texts of an event, packed. There are many, and what one provider answers is nearly the same each time.

Deflate with a dictionary: a text costs what makes it different from the typical ones below, about a tenth of its size.
"""

import zlib

# What was packed with these words can be read with these words only: never change them. Better ones get the next
# number, and stand beside them. What is most common stands last, where it is cheapest to point to.
_WORDS_1 = (
    b'{"status":200,"headers":{"anthropic-ratelimit-requests-limit":"50","anthropic-ratelimit-requests-remaining":"49",'
    b'"anthropic-ratelimit-requests-reset":"2026-11-22T09:20:12Z","anthropic-ratelimit-tokens-limit":"50000",'
    b'"anthropic-ratelimit-tokens-remaining":"50000","anthropic-ratelimit-tokens-reset":"2026-11-22T09:20:12Z",'
    b'"anthropic-ratelimit-input-tokens-limit":"40000","anthropic-ratelimit-output-tokens-limit":"10000",'
    b'"anthropic-ratelimit-input-tokens-remaining":"40000","anthropic-ratelimit-output-tokens-remaining":"10000",'
    b'"anthropic-ratelimit-input-tokens-reset":"2026-11-22T09:20:12Z","anthropic-priority-","anthropic-fast-",'
    b'"anthropic-organization-id":"","anthropic-workspace-id":""},"model":"claude-haiku-5-5"}\n'
    b'{"userAgent":null,"normalized":{"provider":"anthropic","account_email":null,"account_id":"","windows":{"requests":'
    b'{"limit":50,"remaining":49,"usedPercent":2.0,"leftPercent":98.0,"resetsAt":1795342812,"resetsAtIsoUtc":"2026-11-22'
    b'T09:20:12Z","bucket":"per-minute"},"tokens":{"input_tokens":{"output_tokens":{"priority_","fast_"}}'
    b'"rate_limit_reached","workspace_member_credits_depleted","individualLimit":{"limit":"100","used":"100",'
    b'"remainingPercent":0,"spendControlReached":true,"ordinaryUsageAllowed":false,"credits":{"hasCredits":false,'
    b'"unlimited":true,"balance":"0"},"planType":"free","team","business","enterprise","edu","go","prolite","plus",'
    b'"windowDurationMins":43200,"monthly":{"codex_bengalfox":{"limitId":"codex_bengalfox","limitName":"GPT-5.3-Codex-'
    b'Spark","normalModelSlug":null,"primary":null,"secondary":null,"credits":null,"individualLimit":null,'
    b'{"ordinaryUsageAllowed":true,"rateLimits":{"limitId":"codex","limitName":null,"normalModelSlug":null,"primary":'
    b'{"usedPercent":42,"windowDurationMins":300,"resetsAt":1795343633},"secondary":{"usedPercent":7,'
    b'"windowDurationMins":10080,"resetsAt":1795426433},"credits":{"hasCredits":true,"unlimited":false,"balance":"5.39"}'
    b',"individualLimit":null,"spendControlReached":null,"planType":"pro","rateLimitReachedType":null},'
    b'"rateLimitsByLimitId":{"codex":{"limitId":"codex","limitName":null,"normalModelSlug":null,"primary":{"usedPercent"'
    b':42,"windowDurationMins":300,"resetsAt":1795343633},"secondary":{"usedPercent":7,"windowDurationMins":10080,'
    b'"resetsAt":1795426433},"credits":null,"individualLimit":null,"spendControlReached":null,"planType":"plus",'
    b'"rateLimitReachedType":null}},"rateLimitResetCredits":{"availableCount":0,"credits":[]},"accountId":"",'
    b'"rateLimitUpsell":null}\n'
    b'{"userAgent":"host-agent/0.169.0 (Debian 12.0.0; x86_64) unknown (host-agent; 0.1.0)","normalized":{"provider":'
    b'"codex","account_email":"@gmail.com","account_id":"","expected_email":null,"expected_email_match":true,'
    b'"expected_planType":null,"expected_planType_match":true,"rate_planType":"plus","requiresAuth":true,"credits":'
    b'{"hasCredits":true,"unlimited":false,"balance":"0"},"windows":{"5h":{"source":"primary","usedPercent":42,'
    b'"leftPercent":58,"windowDurationMins":300,"resetsAt":1795343633,"resetsAtIsoUtc":"2026-11-22T10:33:53Z"},'
    b'"weekly":{"source":"secondary","usedPercent":7,"leftPercent":93,"windowDurationMins":10080,"resetsAt":1795426433,'
    b'"resetsAtIsoUtc":"2026-11-23T09:33:53Z"}},"limits":[{"limitId":"codex_bengalfox","limitName":"GPT-5.3-Codex-Spark"'
    b',"windows":{"5h":{"source":"primary","usedPercent":0,"leftPercent":100,"windowDurationMins":300,"resetsAt":'
    b'1795343633}}],"blocked":null,"resetCredits":{"availableCount":0,"credits":[]}}}'
)
_WORDS = {1: _WORDS_1}
_NEWEST = max(_WORDS)

# No JSON text of ours has a line break in it.
_BETWEEN = "\n"
# Without header and checksum: the database has its own.
_RAW_DEFLATE = -15


def pack(raw_json: str | None, parsed_json: str | None) -> bytes | None:
    """None where there is neither text."""
    if raw_json is None and parsed_json is None:
        return None
    text = f"{raw_json or ''}{_BETWEEN}{parsed_json or ''}".encode()
    deflate = zlib.compressobj(wbits=_RAW_DEFLATE, zdict=_WORDS[_NEWEST])
    return bytes([_NEWEST]) + deflate.compress(text) + deflate.flush()


def unpack(packed: bytes | None) -> tuple[str | None, str | None]:
    """`raw_json` and `parsed_json`, as they were packed."""
    if packed is None:
        return None, None
    inflate = zlib.decompressobj(wbits=_RAW_DEFLATE, zdict=_WORDS[packed[0]])
    raw_json, _, parsed_json = inflate.decompress(packed[1:]).decode().partition(_BETWEEN)
    return raw_json or None, parsed_json or None
