"""How gunicorn runs the collector. Named to it, so that it reads no file of the working directory instead."""

from collector.parking import MAX_PARKED

# One worker, because one writer is what SQLite serves best.
workers = 1
worker_class = "collector.worker.Worker"
# Started as they are needed. Parked requests keep theirs; the others are left for those who want an answer now.
threads = MAX_PARKED + 64
# Also counts the connections that are kept open between two requests.
worker_connections = 2 * threads
graceful_timeout = 12
loglevel = "warning"
logger_class = "collector.server_log.ServerLog"
control_socket_disable = True
# Which proxies to believe is the app's to say (COLLECTOR_TRUSTED_PROXIES); gunicorn would believe whatever runs here.
forwarded_allow_ips = ""
