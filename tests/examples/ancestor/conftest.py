"""These tests run where the plugin is enabled, as a deployment enables it: see tests/examples/test_ancestor.py."""

from django.conf import settings

PLUGIN = "tests.examples.ancestor"

collect_ignore_glob = [] if PLUGIN in settings.RESPONSE_PLUGINS else ["test_*.py"]
