"""What a web server runs: `gunicorn response.wsgi`."""

import os
import sys

import django

from response import requests, start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "response.settings")

try:
    django.setup(set_prefix=False)
    application = requests.Handler()
    start.refuse_failed_checks()
except SystemExit as refusal:
    sys.stderr.write(f"{refusal}\n")
    sys.exit(start.CANNOT_START)
