from __future__ import annotations

from typing import ClassVar

from django.db import models


class Deploy(models.Model):
    """What was deployed, and when."""

    service = models.CharField(max_length=100)
    version = models.CharField(max_length=100)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Deploy]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.service} {self.version}"
