"""Where is the database? An address as libpq writes it, and as SQLAlchemy wants it."""


def driver_url(url: str) -> str:
    """Return *url* (`postgresql://…` or `postgres://…`) naming the one driver that we use."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in {"postgres", "postgresql"} else url
