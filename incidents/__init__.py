"""The domain: incidents, who takes part in them, and everything that may happen to them.

Knows neither Slack nor HTTP. Doors change things through `incidents.services` and read through `incidents.queries`.
"""
