from django.urls import URLPattern, URLResolver, path

from slackbot.inbound import views

urlpatterns: list[URLPattern | URLResolver] = [path("events", views.slack_events, name="slack-events")]
