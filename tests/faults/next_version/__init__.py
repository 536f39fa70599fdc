"""What a version after this one might bring: tables, columns, and built-in handlers that use them.

`tests.faults.versions` puts these files into a copy of `slackbot`, where they are `slackbot.next_version`.
"""
