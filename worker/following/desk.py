"""What does a follower work with?"""

import random
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.results.masking import Masks
from longwatch.settings import Settings
from longwatch.upstream.streaming import Streams


@dataclass(frozen=True, slots=True)
class Desk:
    """The follower's database, its way upstream, and chance."""

    settings: Settings
    engine: AsyncEngine
    streams: Streams
    rng: random.Random
    masks: Masks
