from django.urls import URLPattern, URLResolver, path

from slackbot import inbound

urlpatterns: list[URLPattern | URLResolver] = [path("<slug:name>", inbound.receive, name="inbound")]
