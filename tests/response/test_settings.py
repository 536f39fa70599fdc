"""What the environment turns into."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.response.conftest import Load


def test_without_anything_set_we_are_in_the_sandbox_on_this_machine(load: Load) -> None:
    settings = load()

    assert settings["SANDBOX"] is True
    assert settings["SLACK_BOT_TOKEN"] == "xoxb-sandbox-token"
    assert settings["SLACK_SIGNING_SECRET"] == "sandbox-signing-secret"
    assert settings["SLACK_API_URL"] == "http://127.0.0.1:8001/api/"
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert settings["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert settings["BIND"] == "127.0.0.1"
    assert settings["DEBUG"] is False
    assert settings["PRODUCTION"] is False
    assert settings["INCIDENT_CHANNEL"] == "incidents"
    assert settings["COMMS_CHANNEL"] == "live"
    assert settings["REDIS_URL"] is None


def test_an_empty_variable_counts_as_absent(load: Load) -> None:
    settings = load(SLACK_BOT_TOKEN="", PORT="", DEBUG="", REDIS_URL="", SITE_URL=" ")

    assert settings["SANDBOX"] is True
    assert settings["PORT"] == 8000
    assert settings["REDIS_URL"] is None
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"


def test_other_ports_move_the_addresses(load: Load) -> None:
    settings = load(PORT="8010", SANDBOX_PORT="8011")

    assert settings["SITE_URL"] == "http://127.0.0.1:8010"
    assert settings["SANDBOX_URL"] == "http://127.0.0.1:8011"
    assert settings["SLACK_API_URL"] == "http://127.0.0.1:8011/api/"


def test_a_bot_token_means_slack_itself(load: Load) -> None:
    settings = load(SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="s", SITE_URL="https://incidents.example.com/")

    assert settings["SANDBOX"] is False
    assert settings["PRODUCTION"] is True
    assert settings["SLACK_API_URL"] == "https://slack.com/api/"
    assert settings["SITE_URL"] == "https://incidents.example.com"
    assert "incidents.example.com" in settings["ALLOWED_HOSTS"]
    assert settings["DEBUG"] is False


def test_any_server_that_speaks_slacks_protocol_will_do(load: Load) -> None:
    settings = load(SLACK_BOT_TOKEN="t", SLACK_SIGNING_SECRET="s", SLACK_API_URL="http://127.0.0.1:9000/api")

    assert settings["SLACK_API_URL"] == "http://127.0.0.1:9000/api/"
    assert settings["SANDBOX"] is False
    assert settings["PRODUCTION"] is False


def test_https_makes_cookies_secure(load: Load) -> None:
    settings = load(SITE_URL="https://incidents.example.com")

    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://incidents.example.com"]


def test_the_embedded_database_writes_so_that_nothing_acknowledged_is_lost(load: Load, tmp_path: Path) -> None:
    database = load()["DATABASES"]["default"]

    assert "sqlite" in database["ENGINE"]
    assert database["NAME"] == str(tmp_path / "response.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]
    assert "mmap" not in database["OPTIONS"]["init_command"]


def test_database_url_is_postgresql_with_connections_that_stay(load: Load) -> None:
    database = load(DATABASE_URL="postgresql://me:p%40ss@db.example.com:5433/response")["DATABASES"]["default"]

    assert database["ENGINE"] == "response.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.com", 5433, "response")
    assert database["PASSWORD"] == "p@ss"
    assert database["CONN_MAX_AGE"] is None
    assert database["CONN_HEALTH_CHECKS"] is True
    assert "init_command" not in database.get("OPTIONS", {})


def test_secrets_may_come_from_files(load: Load, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-a-file\n")

    settings = load(SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"))

    assert settings["SLACK_BOT_TOKEN"] == "xoxb-from-a-file"
    assert settings["SANDBOX"] is False


def test_the_key_that_was_made_once_is_used_again(load: Load, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("made-once")

    assert load()["SECRET_KEY"] == "made-once"
    assert load(SECRET_KEY="given")["SECRET_KEY"] == "given"


def test_plugins_are_apps(load: Load) -> None:
    settings = load(RESPONSE_PLUGINS="examples.runbook, tests.examples.ancestor.apps.OurConfig,")

    assert settings["INSTALLED_APPS"][-2:] == ["examples.runbook", "tests.examples.ancestor.apps.OurConfig"]


@pytest.mark.parametrize(
    ("plugin", "missing"),
    [
        ("acme_plugin", "acme_plugin"),
        ("examples.runbok", "examples.runbok"),
        ("exampels.runbook", "exampels"),
        ("examples.runbook.slack_handlers.more", "examples.runbook.slack_handlers.more"),
        (".runbook", ".runbook"),
    ],
)
def test_a_plugin_that_is_not_found_is_named_with_a_way_out(load: Load, plugin: str, missing: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="RESPONSE_PLUGINS contains") as refused:
        load(RESPONSE_PLUGINS=f"examples.runbook,{plugin}")

    assert f"contains {plugin}, but Python can't find the module {missing}. " in str(refused.value)
    assert "PYTHONPATH" in str(refused.value)
    assert load(RESPONSE_PLUGINS=plugin, SAFE_MODE="1")["RESPONSE_PLUGINS"] == []


def test_plugins_of_monzo_response_are_refused_with_every_edit(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded, each would end with an error that doesn't say what to write."""
    files = {
        "__init__.py": "",
        "actions.py": "from django.conf import settings\nimport response.slack.client\nfrom response import core\n"
        "from response.slack.models import (\n    CommsChannel,\n)\nsettings.PAGERDUTY_API_KEY\nsettings.DEBUG\n"
        'getattr(settings, "SLACK_CLIENT")\nfrom response import environment\n',
        "models.py": "from django.contrib import admin\n@admin.register(object)\nclass A: ...\n"
        "admin.site.register(A)\n",
        "own_admin.py": "from oldacme import admin\nadmin.register(object)\n",
        "admin.py": "from django.contrib import admin\nadmin.site.register(object)\n",
        "broken.py": "from response.slack import (",
        "migrations/0001_initial.py": 'dependencies = [("response", "0016_actions")]\n'
        'ForeignKey(to="response.Incident")\n',
        "modern.py": "from django.conf import settings\nfrom slackbot.plugins import response\nsettings.THEIR_KEY\n",
    }
    for name, source in files.items():
        path = tmp_path / "oldacme" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ImproperlyConfigured, match=r"docs/from-monzo-response\.md") as refused:
        load(RESPONSE_PLUGINS="examples.runbook,oldacme")

    edits = [line.strip().removeprefix(f"{tmp_path}/oldacme/") for line in str(refused.value).splitlines()[1:]]
    admin = "Response has no Django admin. Remove the registration; edit rows in a command or in `manage.py shell`."
    assert edits == [
        "actions.py:2: import slackbot.monzo.slack.client instead of response.slack.client.",
        "actions.py:3: import slackbot.monzo.core instead of response.core.",
        "actions.py:4: import slackbot.monzo.slack.models instead of response.slack.models.",
        "actions.py:7: import settings from slackbot.monzo, not from django.conf: it has PAGERDUTY_API_KEY.",
        "actions.py:9: import settings from slackbot.monzo, not from django.conf: it has SLACK_CLIENT.",
        'migrations/0001_initial.py:1: depend on ("incidents", "0001_initial") instead of a migration of "response".',
        'migrations/0001_initial.py:2: refer to "incidents.Incident" instead of "response.Incident".',
        f"models.py:2: {admin}",
        f"models.py:4: {admin}",
    ]
    assert load(RESPONSE_PLUGINS="oldacme", SAFE_MODE="1")["RESPONSE_PLUGINS"] == []


def test_fields_come_from_a_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "fields.toml"
    file.write_text('[region]\nlabel = "Region"\nkind = "text"\n')

    assert load(INCIDENT_FIELDS=str(file))["INCIDENT_FIELDS"] == {"region": {"label": "Region", "kind": "text"}}
    assert load()["INCIDENT_FIELDS"] == {}

    file.write_text("[region")
    with pytest.raises(ImproperlyConfigured, match="which isn't a valid TOML file"):
        load(INCIDENT_FIELDS=str(file))
    with pytest.raises(ImproperlyConfigured, match="can't read"):
        load(INCIDENT_FIELDS=str(tmp_path))


def test_celery_keeps_no_results(load: Load) -> None:
    settings = load(REDIS_URL="redis://127.0.0.1:6379/3")

    assert settings["CELERY_BROKER_URL"] == "redis://127.0.0.1:6379/3"
    assert settings["CELERY_TASK_IGNORE_RESULT"] is True
    assert settings["CELERY_TASK_ACKS_LATE"] is True


def test_a_channel_may_be_written_with_its_hash(load: Load) -> None:
    assert load(INCIDENT_CHANNEL="#outages")["INCIDENT_CHANNEL"] == "outages"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("SANDBOX_PORT", "-1"),
        ("DEBUG", "maybe"),
        ("COMMS_CHANNEL", "sometimes"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("SECRET_KEY_FILE", "/no/such/file"),
    ],
)
def test_nonsense_is_refused_by_name(load: Load, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        load(**{name: value})


def test_the_page_policy_allows_no_inline_code_and_no_strangers(load: Load) -> None:
    directives = load()["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]

    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == ["'self'"]
    assert not any("unsafe" in source for sources in directives.values() for source in sources)


@pytest.mark.parametrize("value", ["proxy.example.com", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.1, *"])
def test_a_trusted_proxy_is_an_address_and_never_everybody(load: Load, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES contains"):
        load(TRUSTED_PROXIES=value)


def test_networks_and_hosts_that_may_be_called_are_listed(load: Load) -> None:
    allowed = ["10.20.0.0/16", "192.168.1.7", "fd00::/8", "jira.internal", "localhost"]

    assert load()["HTTP_ALLOWED_NETWORKS"] == []
    assert load(HTTP_ALLOWED_NETWORKS=", ".join(allowed))["HTTP_ALLOWED_NETWORKS"] == allowed


@pytest.mark.parametrize(
    "value", ["*", "10.0.0.0/33", "10.0.0", "0.0.0.0/0", "::/0", "https://jira.internal", "a, b c", "bücher"]
)
def test_what_may_be_called_is_named_and_never_everything(load: Load, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="HTTP_ALLOWED_NETWORKS contains"):
        load(HTTP_ALLOWED_NETWORKS=value)
