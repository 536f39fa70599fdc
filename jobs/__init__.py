"""Durable work: how jobs are stored, claimed, executed and watched. It knows nothing of what they are about."""
