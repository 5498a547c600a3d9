from longwatch.store import migrate
def test_m(database_url):
    migrate.check(database_url)
    migrate.downgrade(database_url, "base"); migrate.upgrade(database_url); migrate.check(database_url)
