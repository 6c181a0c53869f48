"""Sites as deploy/README.md makes them: a collector behind a proxy that speaks https."""

from collections.abc import Iterator

import pytest
from conftest import real_part_is_missing
from shipped_proxies import PROXIES, Site, find_proxy, serve_site


@pytest.fixture(scope="module", params=PROXIES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if find_proxy(request.param) is None:
        real_part_is_missing(request.param)
    with serve_site(request.param, tmp_path_factory.mktemp(request.param)) as served:
        yield served
