"""Can an operator make, list and revoke keys, and encrypt anew, without SQL?"""

import pytest
from cryptography.fernet import Fernet

from longwatch.store.engine import Engine
from longwatch.store.vault import Vault
from tests.support.api import api_over
from tests.support.cli import longwatch_on
from tests.support.store import a_job, read

pytestmark = pytest.mark.anyio

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


async def test_a_key_is_shown_once_acts_for_its_project_and_is_revoked(engine: Engine, database_url: str) -> None:
    made = longwatch_on(database_url, "keys", "create", "nightly", "--project", "reports")
    key = made.stdout.strip()
    assert (made.returncode, key[:3], len(key) > 40) == (0, "lw_", True)
    async with api_over(database_url) as api:
        headers = {"Authorization": f"Bearer {key}"}
        assert (await api.client.get("/v1/jobs", headers=headers)).status_code == 200
        [stored] = await read(engine, "SELECT project, name, admin FROM api_key WHERE name = 'nightly'")
        assert tuple(stored.values()) == ("reports", "nightly", False)
    listed = longwatch_on(database_url, "keys", "list").stdout
    assert key not in listed
    assert [line.split()[:2] + line.split()[-1:] for line in listed.splitlines()] == [
        ["PROJECT", "NAME", "STATE"],
        ["default", "first", "admin"],
        ["reports", "nightly", "valid"],
    ]
    assert longwatch_on(database_url, "keys", "revoke", "nightly", "--project", "reports").returncode == 0
    async with api_over(database_url) as api:
        assert (await api.client.get("/v1/jobs", headers=headers)).status_code == 401
    again = longwatch_on(database_url, "keys", "revoke", "nightly", "--project", "reports")
    assert (again.returncode, "no living key" in again.stderr) == (1, True)


async def test_two_living_keys_of_a_project_never_share_a_name(engine: Engine, database_url: str) -> None:
    assert longwatch_on(database_url, "keys", "create", "admin", "--admin").returncode == 0
    taken = longwatch_on(database_url, "keys", "create", "admin")
    assert (taken.returncode, taken.stdout) == (1, "")
    assert "choose another name" in taken.stderr
    assert [row["admin"] for row in await read(engine, "SELECT admin FROM api_key")] == [True]


async def test_rotation_says_what_it_found_and_fails_without_the_old_key(engine: Engine, database_url: str) -> None:
    await a_job(engine, secrets=Vault([OLD]).seal({"/tools/0/headers/X": "hush"}))
    await a_job(engine)
    failed = longwatch_on(database_url, "rotate-keys", LONGWATCH_ENCRYPTION_KEYS=NEW)
    assert (failed.returncode, "add the key that sealed it" in failed.stderr) == (1, True)
    for renewed in (1, 0):
        done = longwatch_on(database_url, "rotate-keys", LONGWATCH_ENCRYPTION_KEYS=f"{NEW} {OLD}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [
            f"requests: 1 with secrets, {renewed} encrypted anew",
            "results: 0 with secrets, 0 encrypted anew",
        ]
    rows = await read(engine, "SELECT secrets FROM job_request WHERE secrets IS NOT NULL")
    assert [Vault([NEW]).open(bytes(row["secrets"])) for row in rows] == [{"/tools/0/headers/X": "hush"}]
