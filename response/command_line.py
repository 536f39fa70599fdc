"""Response's command line: `up`, `worker`, and all of Django's commands.

`manage.py` in a checkout, `response` where the wheel is installed, and `python -m response` are the same.
"""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import DatabaseError

from response.environment import WrongSettingError

TYPED = {"api_token", "link_account", "switch"}  # by people, perhaps before the first start


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "response.settings")
    try:
        execute_from_command_line(sys.argv)
    except WrongSettingError as error:
        sys.exit(str(error))
    except DatabaseError as error:
        if TYPED.isdisjoint(sys.argv[1:2]):
            raise
        sys.exit(
            f"The database doesn't work: {str(error).strip()}.\n"
            "If you never started Response here, start it once. Otherwise, check DATABASE_URL and DATA_DIR."
        )
    except KeyboardInterrupt:
        sys.exit(130)
