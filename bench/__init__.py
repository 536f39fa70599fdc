"""Measurements of the running product, to be repeated by anybody: `make bench`, `python -m bench --quick declare`.

Everything here looks at real processes from outside: `manage.py up` in an empty directory, Slack played by the sandbox,
signed requests over HTTP. Nothing of the product is imported, but by the one plugin in `probe`.
"""
