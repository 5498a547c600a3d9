"""Can secrets be read with any of the installation's keys, and with nothing else?"""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from longwatch.store.vault import Kept, Vault, VaultError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRETS = {"/tools/0/headers/Authorization": "Bearer 秘密"}


@given(st.dictionaries(st.text(), st.text()))
def test_what_is_sealed_comes_back(secrets: dict[str, str]) -> None:
    assert Vault([NEW]).open(Vault([NEW]).seal(secrets)) == secrets


def test_what_is_sealed_cannot_be_read_as_it_lies() -> None:
    sealed = Vault([NEW]).seal(SECRETS)
    assert b"Bearer" not in sealed
    assert sealed != Vault([NEW]).seal(SECRETS)


def test_the_first_key_seals_and_every_key_opens() -> None:
    assert Vault([NEW, OLD]).open(Vault([OLD]).seal(SECRETS)) == SECRETS
    assert Vault([NEW]).open(Vault([NEW, OLD]).seal(SECRETS)) == SECRETS


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    with pytest.raises(VaultError, match="add the key that sealed it"):
        Vault([OLD]).open(Vault([NEW]).seal(SECRETS))


def test_without_a_key_there_is_no_vault() -> None:
    assert not Vault([]).usable
    for act in (lambda: Vault([]).seal(SECRETS), lambda: Vault([]).open(b"")):
        with pytest.raises(VaultError, match="LONGWATCH_ENCRYPTION_KEYS"):
            act()


def test_a_key_of_the_wrong_form_is_refused_with_the_way_to_make_one() -> None:
    with pytest.raises(VaultError, match="generate_key"):
        Vault(["password"])


def test_bytes_are_read_as_they_were_whether_sealed_or_not() -> None:
    vault = Vault([NEW])
    assert vault.read(Kept(vault.seal_bytes(b"\x00{}"), sealed=True)) == b"\x00{}"
    assert vault.read(Kept(b"\x00{}")) == b"\x00{}"


def test_what_an_older_key_has_sealed_is_told_apart() -> None:
    sealed = Vault([OLD]).seal(SECRETS)
    assert Vault([OLD, NEW]).newest(sealed)
    assert not Vault([NEW, OLD]).newest(sealed)
