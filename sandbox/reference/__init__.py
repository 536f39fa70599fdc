"""Published facts about Slack, as data files; `build` makes them anew."""
