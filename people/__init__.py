"""People, and what every domain needs: who acts, who may do what, and how it is refused.

Knows no domain: those build on it.
"""
