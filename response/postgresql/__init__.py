"""Django's PostgreSQL backend, with a look at its connections that costs nothing."""
