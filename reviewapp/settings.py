"""Settings, from the environment only. The list of variables is in docs/operations.md."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from reviewapp.env import env, folder, metrics_token, named, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = folder("ASSAY_VAR", BASE_DIR / "var")  # database, uploads, broker folder: nothing in it is served

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)  # behind a TLS proxy: secure cookies, HSTS

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "reviewapp.common",
    "labeling",
    "evaluation",
    "reviewapp.home",
]

MIDDLEWARE = [
    "reviewapp.common.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "reviewapp.common.metrics.CountRequests",
    "reviewapp.common.middleware.DatabaseDown",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "labeling.middleware.TimeZone",
    "reviewapp.common.middleware.LogContext",
    "reviewapp.common.middleware.NoStore",
    "reviewapp.common.middleware.HtmxRedirects",
    "reviewapp.common.middleware.Refusals",
]

ROOT_URLCONF = "reviewapp.urls"
WSGI_APPLICATION = "reviewapp.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labeling.navigation.context",
            ],
            "builtins": ["template_partials.templatetags.partials", "reviewapp.common.templatetags.ui"],
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
_database_url = env.str("DATABASE_URL", default="")
if not _database_url:
    _database: dict[str, Any] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "assay.sqlite3",
        "OPTIONS": _SQLITE_OPTIONS,
    }
elif _database_url.startswith(("postgres://", "postgresql://")):
    _database = dict(env.db_url_config(_database_url))
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {})["options"] = (
        f"-c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=5000)}"
        f" -c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=0)}"
        f" -c idle_in_transaction_session_timeout=60000"
    )
else:
    raise ImproperlyConfigured("DATABASE_URL must start with postgresql://; leave it out to use SQLite.")
DATABASES = {"default": _database}

AUTH_USER_MODEL = "labeling.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "labeling.accounts.InvitedOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an account comes by invitation from a person who knows the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked from inside, without the proxy
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = folder("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = folder("UPLOADS", VAR_DIR / "uploads")  # never mapped to a URL (SAFETY R6)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "reviewapp.common.storage.HashedStatic"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_MAX_BYTES = 250 * 1024 * 1024

_redis_url = REDIS_URL = env.str("REDIS_URL", default="")
REDIS_PREFIX = env.str("REDIS_PREFIX", default="")
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis_url}
    if _redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["labeling.api.authentication.TokenAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "labeling.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_THROTTLE_RATES": {"token": env.str("API_RATE", default="600/min")},
    "NUM_PROXIES": 1 if HTTPS else 0,  # the proxy that speaks HTTPS
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Assay",
    "DESCRIPTION": "Everything a page can do. See docs/api.md for tokens, pages, errors and idempotency.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "labeling.enums.Role",
        "RunState": "evaluation.enums.RunState",
        "PredictionState": "evaluation.enums.PredictionState",
        "PanelState": "evaluation.enums.PanelState",
        "AlertState": "evaluation.enums.AlertState",
        "ComparisonVerdict": "evaluation.api.comparisons.VERDICTS",
        "ActionState": "evaluation.enums.ActionState",  # also of tuning tasks
        "AttackKind": "evaluation.enums.AttackKind",
        "AttemptState": "evaluation.api.red_team.STATES",
        "CanaryStep": "evaluation.api.canaries.STEPS",
        "CaseReason": "evaluation.enums.CaseReason",
        "DestinationKind": "evaluation.enums.DestinationKind",
        "ExpansionState": "labeling.api.upkeep.STATES",
        "ExportFormat": "evaluation.api.exports.NAMES_OF_FORMATS",
        "IncidentState": "evaluation.enums.IncidentState",
        "ObjectivePurpose": "evaluation.enums.Aim",
        "PanelKind": "evaluation.enums.PanelKind",
        "ReviewState": "evaluation.enums.ReviewState",
        "RolloutStep": "evaluation.enums.RolloutStep",
        "ScoredSplit": "evaluation.api.evaluations.SCORED",
        "Severity": "evaluation.enums.Severity",
        "TaxonomyStepKind": "evaluation.api.taxonomy_changes.NAMES_OF_KINDS",
        "WorkState": "evaluation.models.acquisitions.WORK",
        "YesNo": ["yes", "no"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    # hundreds of operations: folded by subject, found by a word, each with its name
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True, "displayOperationId": True},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reviewapp.api.problems_everywhere",
        "reviewapp.api.by_subject",
    ],
}

# Rows are the truth, a message is only a nudge: no result backend, early loss is harmless, and the sweep finds what
# a lost message left behind (DECISIONS 20).
if _redis_url:
    CELERY_BROKER_URL = _redis_url
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "visibility_timeout": 3600,
        "max_retries": 0,
        "global_keyprefix": REDIS_PREFIX,
    }
else:
    CELERY_BROKER_URL = "folder://"  # reviewapp/common/broker.py
    _broker = folder("BROKER_DIR", VAR_DIR / "broker")
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker),
        "data_folder_out": str(_broker),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.1,
    }
    (_broker / "control").mkdir(exist_ok=True)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ALWAYS_EAGER = env.bool("TASKS_EAGER", default=False)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "settle-due-tasks": {
        "task": "labeling.tasks.settle_due",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "free-expired-leases": {
        "task": "labeling.tasks.free_expired",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "review-checks": {  # on the clock only: a pause right after an answer would tell which item was a check
        "task": "labeling.tasks.review_checks",
        "schedule": timedelta(seconds=300),
        "options": {"expires": 300},
    },
    "resume-imports": {
        "task": "labeling.tasks.resume_imports",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "sweep-exports": {
        "task": "evaluation.tasks.sweep_exports",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "resume-expansions": {
        "task": "labeling.tasks.resume_expansions",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "resume-runs": {
        "task": "evaluation.tasks.resume_runs",
        "schedule": timedelta(seconds=env.int("RUN_SWEEP_SECONDS", default=20)),
        "options": {"expires": 20},
    },
    "schedules": {  # what each project's calendar holds: rows say what is due, this only looks
        "task": "evaluation.tasks.tick",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "resume-acquisitions": {
        "task": "evaluation.tasks.resume_acquisitions",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "sort-errors": {
        "task": "evaluation.tasks.sort_due_errors",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "fill-reviews": {
        "task": "evaluation.tasks.fill_due_reviews",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "open-rollout-reviews": {
        "task": "evaluation.tasks.open_rollout_reviews",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "sweep-drift": {
        "task": "evaluation.tasks.sweep_drift",
        "schedule": timedelta(seconds=300),
        "options": {"expires": 300},
    },
    "check-alerts": {
        "task": "evaluation.tasks.check_alerts",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "compute-quality-drops": {
        "task": "evaluation.tasks.compute_due_quality_drops",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "send-deliveries": {
        "task": "evaluation.tasks.send_deliveries",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "settle-refits": {
        "task": "evaluation.tasks.settle_refits",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "collect-batches": {
        "task": "evaluation.tasks.collect_batches",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
}

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Assay <assay@localhost>")
EMAIL_TIMEOUT = 10

# Outgoing messages: Slack addresses and PagerDuty keys from the environment, private hosts from the operator alone.
DELIVERY_SECRETS = named("ASSAY_DESTINATION_")
DELIVERY_ALLOWED_HOSTS = env.list("DELIVERY_ALLOWED_HOSTS", default=[])  # "name" or "name:port"; may be private
DELIVERY_PLAIN_HTTP = env.bool("DELIVERY_PLAIN_HTTP", default=False)  # also to hosts that are not named there
PAGERDUTY_URL = env.str("PAGERDUTY_URL", default="https://events.pagerduty.com/v2/enqueue")

# Where runs, evaluations, freezes and imports are told (docs/tracking.md); off where empty.
MLFLOW_TRACKING_URI = env.str("MLFLOW_TRACKING_URI", default="")
OPENLINEAGE_URL = env.str("OPENLINEAGE_URL", default="")
OPENLINEAGE_API_KEY = env.str("OPENLINEAGE_API_KEY", default="")
if MLFLOW_TRACKING_URI or OPENLINEAGE_URL:
    CELERY_BEAT_SCHEDULE["tell-trackers"] = {
        "task": "evaluation.tasks.tell_trackers",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    }

# Providers (DECISIONS 23): keys from the environment, hosts from the operator, never from a project.
# The address people reach this server at; links printed by commands begin with it.
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")

LLM_BASE_URL = env.str("LLM_BASE_URL", default="https://api.openai.com/v1")
LLM_API_KEY = env.str("LLM_API_KEY", default=env.str("OPENAI_API_KEY", default=""))
LLM_ALLOWED_HOSTS = env.list("LLM_ALLOWED_HOSTS", default=["api.openai.com"])
LLM_PRICES = env.json(
    "LLM_PRICES", default={}
)  # {"model": [dollars per million tokens in, out]}, where no price is set
LLM_PROVIDERS = env.json(
    "LLM_PROVIDERS", default={}
)  # {"name": {"base_url", "api", "key_env", ...}}, beside LLM_BASE_URL
LLM_API = env.str("LLM_API", default="chat")  # of LLM_BASE_URL: chat, responses or decisions
RUN_LEASE = env.int("RUN_LEASE_SECONDS", default=60)  # after which a silent worker's items go to another
RUN_WORKERS = env.int("RUN_WORKERS", default=1)  # how many workers are called to one run
RUN_IN_FLIGHT = env.int("RUN_IN_FLIGHT", default=8)  # calls that one worker has under way at once

# Who may read /metrics: whoever knows the token, or asks from one of the networks and not through a proxy; else nobody.
METRICS_TOKEN = metrics_token()
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=[])
METRICS_PROJECTS = env.int("METRICS_PROJECTS", default=50)  # that have a label of their own; the others are one

LOG_FORMAT = env.str("LOG_FORMAT", default="text")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "reviewapp.common.logs.Context"}},
    "formatters": {"line": {"()": "reviewapp.common.logs.formatter", "form": LOG_FORMAT}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["context"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
    },
}
