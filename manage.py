#!/usr/bin/env python
"""Response's command line: `up`, `worker`, and everything Django brings along."""

import os
import sys

from django.core.management import execute_from_command_line

from response.environment import WrongSettingError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "response.settings")
    try:
        execute_from_command_line(sys.argv)
    except WrongSettingError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
