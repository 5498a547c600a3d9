"""What does a follower work with?"""

import random
from dataclasses import dataclass

from longwatch.results.masking import Masks
from longwatch.settings import Settings
from longwatch.store.engine import Engine
from longwatch.upstream.streaming import Streams


@dataclass(frozen=True, slots=True)
class Desk:
    """The follower's database, its way upstream, and chance."""

    settings: Settings
    engine: Engine
    streams: Streams
    rng: random.Random
    masks: Masks
