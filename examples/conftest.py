from typing import Any

import pytest

pytest_plugins = ["slackbot.testing.fixtures"]


@pytest.fixture(autouse=True)
def plugins_run_here(settings: Any) -> None:
    """A deployment gives plugins a process of their own; a test steps through them in this one."""
    settings.PLUGIN_LANE = False
