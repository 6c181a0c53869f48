"""Headers of every answer: what a browser may do with it, and that nothing in between keeps a copy."""

from werkzeug.wrappers import Response

from collector import browser

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ONE_YEAR = "max-age=31536000"


def harden(response: Response) -> Response:
    response.headers.update(_ALWAYS)
    if browser.is_https():
        response.headers["Strict-Transport-Security"] = _ONE_YEAR
    # The page and its files say for themselves how they may be kept; data is not kept at all.
    response.headers.setdefault("Cache-Control", "no-store")
    return response
