"""Where everything is. Every page asks for a sign-in unless its view says `login_not_required`."""

from django.urls import include, path

from response import health

handler400 = "ui.answers.bad_request"
handler404 = "ui.answers.not_found"

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", include("ui.metrics")),
    # Slack signs its requests instead of signing in: slackbot's views carry `login_not_required`.
    path("slack/", include("slackbot.inbound.urls")),
    # Plugins' senders sign their requests, too.
    path("inbound/", include("slackbot.inbound.plugin_request_urls")),
    path("operators/", include("ui.operators.urls")),
    path("", include("ui.urls")),
]
