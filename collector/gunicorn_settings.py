"""How gunicorn runs the collector. Named to it, so that it reads no file of the working directory instead."""

# One worker, because one writer is what SQLite serves best.
workers = 1
worker_class = "gthread"
threads = 32
graceful_timeout = 10
loglevel = "warning"
control_socket_disable = True
# Which proxies to believe is the app's to say (COLLECTOR_TRUSTED_PROXIES); gunicorn would believe whatever runs here.
forwarded_allow_ips = ""
