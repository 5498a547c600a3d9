"""How does an interaction stand? Read from our database alone, with every id of the upstream's turned into ours."""

from dataclasses import dataclass, replace
from typing import Any

from api.context import Context
from api.door import documents
from api.vaulted import mask_over, read_kept
from longwatch.domain import ids
from longwatch.domain.errors import NotFoundError
from longwatch.results.masking import Mask
from longwatch.store import hops, interactions
from longwatch.store.engine import Tx
from longwatch.store.interactions import FoundInteraction
from longwatch.store.outputs import purged
from longwatch.store.vault import Kept, Vault
from longwatch.upstream.reader import readable_id


@dataclass(frozen=True, slots=True)
class Standing:
    """An interaction as it was found, and its document in the current revision."""

    found: FoundInteraction
    document: dict[str, Any]

    @property
    def id(self) -> str:
        """Return its outward id."""
        return ids.encode(ids.INTERACTION, self.found.id)

    @property
    def ended(self) -> bool:
        """Return whether nothing about it will change."""
        return documents.ended(self.found)


async def read(here: Context, project: str, name: str) -> Standing:
    """Return how the project's interaction *name* stands; raise NotFoundError or GoneError."""
    async with here.engine.begin() as tx:
        return await standing(tx, here.vault, await named(tx, project, name), project=project)


async def named(tx: Tx, project: str, name: str) -> FoundInteraction:
    """Return the project's interaction *name*, whatever is still kept of it; raise NotFoundError or GoneError."""
    if readable_id(name) is None:
        raise NotFoundError("There is no such interaction: this is no id.")
    return await interactions.find(tx, project, name)


async def standing(tx: Tx, vault: Vault, stored: FoundInteraction, *, project: str) -> Standing:
    """Return what is *stored* with its document, its secrets masked; raise PurgedError if that is no longer kept."""
    if stored.results_purged_at is not None:
        raise purged(stored.results_purged_at)
    mask = mask_over(vault, stored.secrets)
    found = _opened(stored, vault, mask)
    ended = documents.ended(found)
    thoughts = () if ended else await interactions.thoughts(tx, found)
    earlier = await hops.read_earlier(tx, found.job_id, found.shown_id) if ended and found.shown_id else ()
    names = await interactions.ours(tx, project, documents.predecessors(found))

    def renamed(name: str) -> str:
        ours = names.get(name)
        return name if ours is None else ids.encode(ids.INTERACTION, ours)

    hops_before = [mask.raw(read_kept(vault, hop)) for hop in earlier]
    return Standing(found, documents.document(found, renamed, thoughts=thoughts, earlier=hops_before))


def _opened(stored: FoundInteraction, vault: Vault, mask: Mask) -> FoundInteraction:
    if stored.raw is None:
        return stored
    return replace(stored, raw=mask.raw(read_kept(vault, Kept(bytes(stored.raw), stored.raw_sealed))))
