"""PostgreSQL and Valkey from PyPI wheels, private to one data directory, when no URL is configured."""
