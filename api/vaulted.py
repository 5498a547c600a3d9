"""What if stored bytes or secrets cannot be opened here? The caller is told that it is the operator's to mend."""

from collections.abc import Iterator
from contextlib import contextmanager

from longwatch.domain.errors import UnavailableError
from longwatch.results.masking import Mask, opened_mask
from longwatch.store.vault import Kept, Vault, VaultError

_RETRY_SECONDS = 60


def read_kept(vault: Vault, kept: Kept) -> bytes:
    """Return stored bytes as they were received; raise UnavailableError if no key opens them."""
    with _told():
        return vault.read(kept)


def mask_over(vault: Vault, secrets: bytes | None) -> Mask:
    """Return what hides the sealed *secrets* of a request; raise UnavailableError if no key opens them."""
    with _told():
        return opened_mask(vault, secrets)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except VaultError as error:
        raise UnavailableError(str(error), retry_after=_RETRY_SECONDS) from error
