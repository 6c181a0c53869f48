"""Headers of every answer: what a browser may do with it, and that nothing in between keeps a copy."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.wrappers import Response

from collector import browser

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    ("Content-Security-Policy", _CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_ONE_YEAR = "max-age=31536000"


def init_app(app: Flask) -> None:
    app.after_request(_say_how_to_keep)
    app.wsgi_app = _hardened(app.wsgi_app)  # type: ignore[assignment, method-assign]


def _say_how_to_keep(response: Response) -> Response:
    if browser.is_https():
        response.headers["Strict-Transport-Security"] = _ONE_YEAR
    # The page and its files say for themselves how they may be kept; data is not kept at all.
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _hardened(answer: WSGIApplication) -> WSGIApplication:
    """Adds what is always the same where an answer goes out: on its way there each header is checked and copied."""

    def answer_hardened(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, *_ALWAYS], *error)

        return answer(environ, start)

    return answer_hardened
