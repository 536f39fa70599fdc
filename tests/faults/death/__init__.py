"""A plugin that kills its own process, by `kill -9`, when a named point is passed for the n-th time."""
