"""All settings. Whatever the environment can change is described in docs/configuration.md."""

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from response import environment, old_plugins, reach

BASE_DIR = Path(__file__).resolve().parent.parent
# A wheel's packages lie beside what says where they came from: there is no checkout around them.
INSTALLED = any(BASE_DIR.glob("response_incidents-*.dist-info"))
# Where programs work and data go. An installation keeps nothing among Python's packages.
WORK_DIR = Path.cwd() if INSTALLED else BASE_DIR

# --- Where we run -----------------------------------------------------------------------------------------------------

PORT = environment.number("PORT", 8000)
SITE_URL = environment.text("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
DATA_DIR = Path(environment.text("DATA_DIR", str(WORK_DIR / "data"))).absolute()
SITE_HOST = urlsplit(SITE_URL).hostname or ""

# --- Slack ------------------------------------------------------------------------------------------------------------

# These two open nothing but a sandbox, a pretend Slack workspace on this machine.
SANDBOX_BOT_TOKEN = "xoxb-sandbox-token"  # noqa: S105
SANDBOX_SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105

SANDBOX = not environment.secret("SLACK_BOT_TOKEN")
SANDBOX_PORT = environment.number("SANDBOX_PORT", 8001)
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"

SLACK_BOT_TOKEN = environment.secret("SLACK_BOT_TOKEN") or SANDBOX_BOT_TOKEN
SLACK_SIGNING_SECRET = environment.secret("SLACK_SIGNING_SECRET") or (SANDBOX_SIGNING_SECRET if SANDBOX else "")
SLACK_APP_TOKEN = environment.secret("SLACK_APP_TOKEN")
SLACK_API_URL = (
    environment.text("SLACK_API_URL", f"{SANDBOX_URL}/api/" if SANDBOX else "https://slack.com/api/").rstrip("/") + "/"
)

# A bot token for a server on this machine is somebody trying things out; one for Slack itself is production.
PRODUCTION = not SANDBOX and not reach.is_loopback(urlsplit(SLACK_API_URL).hostname or "")

EMBEDDED_DATABASE = not environment.secret("DATABASE_URL")
# Others come only when this is more than a trial.
BIND = environment.text("BIND", "0.0.0.0" if PRODUCTION and not EMBEDDED_DATABASE else "127.0.0.1")  # noqa: S104

# --- How incidents are run --------------------------------------------------------------------------------------------

INCIDENT_CHANNEL = environment.text("INCIDENT_CHANNEL", "incidents").removeprefix("#")
# When a channel is made without anybody asking: "live" incidents, "always", "never".
COMMS_CHANNEL = environment.choice("COMMS_CHANNEL", "live", choices=("live", "always", "never"))
COMMS_CHANNEL_NAME = environment.text("COMMS_CHANNEL_NAME")
# A reaction with this emoji puts a message on the timeline.
TIMELINE_EMOJI = environment.text("TIMELINE_EMOJI").strip(":")
# What is said in Slack, where it is to be said otherwise: by key, see slackbot/kit/words.py.
RESPONSE_TEXTS = environment.tables("RESPONSE_TEXTS")
# What this deployment wants to know of its incidents beyond what everybody does.
INCIDENT_FIELDS = environment.tables("INCIDENT_FIELDS")
INCIDENT_FIELDS_PATH = environment.text("INCIDENT_FIELDS")
# How long each sign of work is kept. Daily totals stay.
ACTIVITY_DAYS = environment.number("ACTIVITY_DAYS", 400)
# For a fire: only what an incident cannot do without, and no plugins. The rest waits.
SAFE_MODE = environment.switch("SAFE_MODE", default=False)
SWITCHED_OFF = [*environment.words("SWITCHED_OFF"), *(["tier-1", "tier-2"] if SAFE_MODE else [])]
# The auditor asks for this address whenever it found all well, so that somebody outside notices its silence.
HEARTBEAT_URL = environment.text("HEARTBEAT_URL")
# Internal addresses that people's URLs may lead to: integrations/http/ refuses all others.
HTTP_ALLOWED_NETWORKS = environment.networks_and_hosts("HTTP_ALLOWED_NETWORKS")
RESPONSE_PLUGINS = [] if SAFE_MODE else environment.apps("RESPONSE_PLUGINS")
# How often a program with a token may call the API, whichever web process answers.
API_CALLS_PER_MINUTE = environment.number("API_CALLS_PER_MINUTE", 300)
# Who may read /metrics: programs with the token if one is set, otherwise programs on this machine; or everybody.
METRICS = environment.choice("METRICS", "private", choices=("private", "public"))
METRICS_TOKEN = environment.secret("METRICS_TOKEN")
# What plugins declare as secret, as they read it: `response.redaction` takes it out of logs.
PLUGIN_SECRETS: set[str] = set()
# How they are read, as they are declared after these settings are complete.
READ_PLUGIN_SETTING = environment.text
READ_PLUGIN_SECRET = environment.secret
# Plugins run in a process of their own, which may hang, crash or be full without harm to the rest.
PLUGIN_QUEUES = bool(RESPONSE_PLUGINS)
# How the process before this one ended: the supervisor says so to the one that takes its place.
LAST_END = os.environ.get("RESPONSE_LAST_END", "")
LAST_PID = int(os.environ.get("RESPONSE_LAST_PID") or 0)
PLUGIN_MEMORY_MB = environment.number("PLUGIN_MEMORY_MB", 512)

# --- Django -----------------------------------------------------------------------------------------------------------

SECRET_KEY_PATH = DATA_DIR / "secret_key"
INSECURE_SECRET_KEY = "insecure-key-for-development-on-localhost-only-never-for-production"  # noqa: S105


def secret_key() -> str:
    """Return the environment's key, else the one that `manage.py up` once made, else a well-known one."""
    if given := environment.secret("SECRET_KEY"):
        return given
    return SECRET_KEY_PATH.read_text(encoding="ascii").strip() if SECRET_KEY_PATH.exists() else INSECURE_SECRET_KEY


SECRET_KEY = secret_key()
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS") or [SITE_HOST]
# Probes and the sandbox on this machine always reach us.
ALLOWED_HOSTS += [host for host in ("localhost", "127.0.0.1", "[::1]") if host not in ALLOWED_HOSTS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "response",
    "jobs",
    "people",
    "incidents",
    "slackbot",
    "ui",
    *RESPONSE_PLUGINS,
]

MIDDLEWARE = [
    "ui.api.refusals.RefuseInJson",
    "response.reach.SandboxStaysHere",
    "response.reach.TrueAddress",
    "ui.answers.SayWhyNot",
    "slackbot.inbound.views.SlackFirst",
    "response.static.Compressed",
    "django.middleware.security.SecurityMiddleware",
    "response.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ui.departures.EndSessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "ui.door.OwnTime",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ui.limits.AnswerTooManyAttempts",
    "ui.directions.KeepDirection",
]

ROOT_URLCONF = "response.urls"
WSGI_APPLICATION = "response.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
JOBS_ACTOR_MODEL = "people.Person"  # who is named in the record of what operators did

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ui.operators.banner.banner",
                "slackbot.outbound.channel_notes.channels",
            ],
        },
    },
]

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.text("TIME_ZONE", "UTC")

# --- Database ---------------------------------------------------------------------------------------------------------

DATABASE_URL = environment.secret("DATABASE_URL")
EMBEDDED_DATABASE_URL = f"sqlite:///{DATA_DIR / 'response.sqlite3'}"

DATABASE: dict[str, Any] = environ.Env.db_url_config(DATABASE_URL or EMBEDDED_DATABASE_URL)
DATABASE |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
if DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["ENGINE"] = "response.postgresql"
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["ENGINE"] = "response.sqlite"
    DATABASE["OPTIONS"] = {
        # Writers queue up at BEGIN; a read that turns into a write in the middle would fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: what we acknowledged survives a power cut. Never mmap: with WAL it has corrupted databases like ours.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
    }
    # A file, as several threads and processes look at it.
    DATABASE["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"response-test-{os.getpid()}.sqlite3")}
DATABASES = {"default": DATABASE}

# --- Who can reach us -------------------------------------------------------------------------------------------------

# Who may say for whom a request is passed on: addresses or networks.
TRUSTED_PROXIES = environment.networks("TRUSTED_PROXIES")
# What lets another machine in, as phrases. The sandbox and debug pages are only for when there is nothing.
REACHED_BY = reach.reasons(
    bind=BIND,
    site_url=SITE_URL,
    allowed_hosts=ALLOWED_HOSTS,
    database_host=str(DATABASE.get("HOST") or DATABASE.get("OPTIONS", {}).get("host") or ""),
)
WANTS_DEBUG = environment.switch("DEBUG", default=False)
DEBUG = WANTS_DEBUG and not PRODUCTION and not REACHED_BY

# --- Celery: it runs every queue, where there is Redis ----------------------------------------------------------------

REDIS_URL: str | None = environment.secret("REDIS_URL") or None

CELERY_CONCURRENCY = environment.number("CELERY_CONCURRENCY", 2)
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 0.3,
    "socket_timeout": 2,
    "visibility_timeout": 60,
}
# Nothing is ever put here: a wake-up goes to the Celery queue that is called like its own.
CELERY_TASK_DEFAULT_QUEUE = "none"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
# The last resort: `jobs.time_limits` ends a row much earlier, with a traceback.
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_LOST_WAIT = 0.5  # seconds
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 10**9  # connections stay open between tasks, as between requests
CELERY_ACCEPT_CONTENT = ["json"]

# --- Pages and people -------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Static files come straight from the apps' folders: no collectstatic, no second step to forget.
WHITENOISE_USE_FINDERS = True
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder", "response.static.HashedFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "response.static.NamedByContent"},
}

LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTHENTICATION_BACKENDS = ["ui.limits.PasswordLimit", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Safety -----------------------------------------------------------------------------------------------------------

HTTPS = SITE_URL.startswith("https://")

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_NAME = "response_session"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "response_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
# With an https:// address, whatever ends TLS stands before us and says how people came.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# --- Logs: one line each, to stderr -----------------------------------------------------------------------------------

LOG_LEVEL = environment.choice("LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
LIBRARY_LOG_LEVEL = "INFO" if LOG_LEVEL == "DEBUG" else LOG_LEVEL
OUR_LOGGERS = ("response", "jobs", "people", "incidents", "integrations", "slackbot", "ui")
LOG_FORMAT = environment.choice("LOG_FORMAT", "text", choices=("text", "json"))

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "response.logs.TextFormatter"},
        "json": {"()": "response.logs.JsonFormatter"},
    },
    "filters": {"work": {"()": "jobs.work_log.WorkFilter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["work"]}},
    # Libraries write at DEBUG what they send and receive: statements with their values, requests with their headers.
    "root": {"handlers": ["stderr"], "level": LIBRARY_LOG_LEVEL},
    "loggers": {
        **{name.partition(".")[0]: {"level": LOG_LEVEL} for name in (*OUR_LOGGERS, *RESPONSE_PLUGINS)},
        "slackbot.inbound.bolt": {"level": LIBRARY_LOG_LEVEL},  # Bolt writes whole requests with the logger we give it.
        "django": {"handlers": [], "level": LIBRARY_LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": LIBRARY_LOG_LEVEL, "propagate": True},
        # A mistyped address or a scanner's Host header is news for nobody.
        "django.request": {"level": "ERROR"},
        # So is what Django refuses to read. `ui.answers` answers it; a traceback would be a stranger's to write.
        "django.security": {"level": "CRITICAL"},
        "django.security.csrf": {"level": LIBRARY_LOG_LEVEL},
        # Slack's own library tells of each failed call at length; our sender does so in a line.
        "slack_sdk": {"level": "CRITICAL"},
        # A warning of urllib3 has the whole URL, which may contain a secret. `integrations.http` reports each failure.
        "urllib3": {"level": "ERROR"},
        "stamina": {"level": "ERROR"},
        # Each wake-up, twice.
        **{
            name: {"level": LIBRARY_LOG_LEVEL if LOG_LEVEL == "DEBUG" else "WARNING"}
            for name in ("celery.worker.strategy", "celery.app.trace")
        },
        # These set a level for themselves, or are asked for one on their command line.
        **{name: {"level": LIBRARY_LOG_LEVEL} for name in ("slack_bolt", "celery", "kombu", "asyncio")},
    },
}

DEFAULT_EXCEPTION_REPORTER_FILTER = "response.redaction.ReportFilter"

# --- Plugins of monzo/response: whatever they still have to change is listed before they are loaded -------------------

old_plugins.check(RESPONSE_PLUGINS, known=frozenset(globals()))
