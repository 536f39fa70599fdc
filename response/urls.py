"""Where everything is. Every page asks for a sign-in unless its view says `login_not_required`."""

from django.urls import include, path

from response import health

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    # Slack signs its requests instead of signing in: slackbot's views carry `login_not_required`.
    path("slack/", include("slackbot.urls")),
    path("operators/", include("slackbot.operators.urls")),
    path("", include("ui.urls")),
]
