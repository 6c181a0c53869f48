"""Bodies of requests, taken whole or not at all."""

from flask import request

from collector.errors import BodyTooLarge, LengthRequired, UnsupportedMediaType


def read_json_body(max_bytes: int) -> bytes:
    """The body of a request that says how long it is: one cut off at the limit would look whole."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    if request.content_length is None or "Transfer-Encoding" in request.headers:
        raise LengthRequired("Send the body with a Content-Length.")
    if request.content_length > max_bytes:
        raise BodyTooLarge(f"The body is over {max_bytes} bytes; send less at a time.")
    return request.get_data(cache=False)
