"""Defaults for `gunicorn patportal.wsgi:application`; the command line and GUNICORN_CMD_ARGS win."""

worker_class = "gthread"
workers = 2
threads = 8
# A creation may wait 150 s for Azure DevOps; a restart that does not would leave it to be settled.
graceful_timeout = 160
# For threads this bounds the worker's heartbeat, not a request.
timeout = 60
# The portal writes its own access log: route names, never queries.
accesslog = None
errorlog = "-"
control_socket_disable = True
# Which proxies to trust, and for what, is TRUSTED_PROXY_HOPS' to say.
forwarded_allow_ips = ""
