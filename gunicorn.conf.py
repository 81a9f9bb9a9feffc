"""Defaults for `gunicorn patportal.wsgi:application`; the command line and GUNICORN_CMD_ARGS win."""

worker_class = "gthread"
workers = 2
threads = 4
# Longer than the longest call to Azure DevOps that a request may wait for.
graceful_timeout = 30
timeout = 180
# The portal writes its own access log: route names, never queries.
accesslog = None
errorlog = "-"
control_socket_disable = True
