"""Durable work: how rows are claimed, executed and watched."""
