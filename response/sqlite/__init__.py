"""Django's SQLite backend, with writers that queue up instead of sleeping and trying again."""
