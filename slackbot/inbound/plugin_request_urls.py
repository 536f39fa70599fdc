from django.urls import URLPattern, URLResolver, path

from slackbot.inbound import plugin_requests

urlpatterns: list[URLPattern | URLResolver] = [path("<slug:name>", plugin_requests.receive, name="inbound")]
