"""A plugin whose handlers of every kind misbehave on the first try, and behave on the next."""
