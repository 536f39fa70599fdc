pytest_plugins = ["slackbot.testing.fixtures"]
