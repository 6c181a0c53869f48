"""What the page takes from npm is what was vendored, and what it loads is what lies here."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

COLLECTOR = Path(__file__).parents[2] / "collector"
STATIC = COLLECTOR / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((COLLECTOR / "templates").glob("*.html"))
LATER_ROOMS = re.findall(r'import\("\./([^"]+)"\)', (STATIC / "js/rooms.js").read_text())
COMMENT_LINE = re.compile(r"^\s*//.*$", re.MULTILINE)
IMPORT = re.compile(r"""(?:from|import)\s*["']([^"']+)["']""")


def recorded_checksums() -> dict[str, str]:
    lines = (VENDOR / "CHECKSUMS").read_text().splitlines()
    return {name: checksum for checksum, name in (line.split() for line in lines)}


def modules_loaded_by(module: Path, seen: set[Path]) -> set[Path]:
    """The module and everything it imports; a name that is not a relative path fails."""
    if module in seen:
        return seen
    seen.add(module)
    for name in IMPORT.findall(COMMENT_LINE.sub("", module.read_text())):
        assert name.startswith(("./", "../")), f"{module.name} imports {name}, which no browser can find"
        modules_loaded_by((module.parent / name).resolve(strict=True), seen)
    return seen


def own_files() -> Iterator[Path]:
    yield from TEMPLATES
    yield from STATIC.glob("js/**/*.js")


def test_every_vendored_file_is_as_it_was_vendored():
    checksums = recorded_checksums()

    assert checksums
    for name, checksum in checksums.items():
        assert sha256((VENDOR / name).read_bytes()).hexdigest() == checksum, name


def test_every_vendored_file_has_a_checksum():
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    files = {str(path.relative_to(VENDOR)) for folder in folders for path in folder.rglob("*") if path.is_file()}

    assert files == set(recorded_checksums())


@pytest.mark.parametrize("library", ["htm", "preact", "uplot"])
def test_every_library_comes_with_its_licence(library: str):
    assert "license" in (VENDOR / library / "LICENSE").read_text().lower()


def test_the_table_of_libraries_names_the_versions_that_are_vendored():
    script = (COLLECTOR.parent / "scripts/vendor-page").read_text()

    for library, version in re.findall(r"^(\w+)=([\d.]+)$", script, re.MULTILINE):
        assert f"`{library}` {version}" in (VENDOR / "README.md").read_text()


def test_the_dashboard_preloads_exactly_the_modules_it_needs():
    start = STATIC / "js/main.js"
    needed = {f"/static/{module.relative_to(STATIC)}" for module in modules_loaded_by(start, set()) if module != start}

    preloaded = re.findall(
        r'<link rel="modulepreload" href="([^"]+)">', (COLLECTOR / "templates/dashboard.html").read_text()
    )

    assert sorted(preloaded) == sorted(needed)


@pytest.mark.parametrize("start", ["login.js", *LATER_ROOMS])
def test_what_is_fetched_by_itself_finds_all_its_modules(start: str):
    assert STATIC / "js/html.js" in modules_loaded_by(STATIC / "js" / start, set())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_script_no_style_and_nothing_from_elsewhere(template: Path):
    text = template.read_text()

    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:|//", text)
    for path in re.findall(r'(?:href|src)="/static/([^"]+)"', text):
        assert (STATIC / path).is_file(), path


def test_the_page_never_writes_markup_from_text():
    for path in own_files():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.read_text()), (
            path.name
        )
