"""The wiring as a Django app, so that its commands and system checks are found."""

from django.apps import AppConfig
from django.core import checks

from response import old_database, start
from response.checks import check_deployment


class ResponseConfig(AppConfig):
    name = "response"

    def ready(self) -> None:
        start.refuse_unsafe_settings()
        start.keep_files_private()
        checks.register(check_deployment)
        checks.register(old_database.check, checks.Tags.database)
