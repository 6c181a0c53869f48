"""What gunicorn loads: `collector.wsgi:application()`."""

import os

from flask import Flask

from collector import occupancy
from collector.app import create_app
from collector.logs import configure_logging
from collector.settings import read_settings


def application() -> Flask:
    """The app of this environment. It migrates nothing: several workers may start at once."""
    settings = read_settings(os.environ)
    configure_logging(settings.log_level)
    if settings.sqlite_file is not None:
        occupancy.enter(settings.sqlite_file)
    return create_app(settings)
