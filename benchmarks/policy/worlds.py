"""How long do runs take? The distributions of the simulation, and how a world may change after it was learned."""

import math
import random
from collections.abc import Callable, Mapping
from functools import partial

World = Callable[[random.Random], float]
"""Draws how long one run takes, in seconds."""

MINUTE = 60.0


def lognormal(rng: random.Random, *, median: float = 6 * MINUTE, sigma: float = 0.6) -> float:
    """Draw from the distribution that Deep Research roughly has."""
    return median * math.exp(sigma * rng.gauss(0, 1))


def bimodal(rng: random.Random) -> float:
    """Draw a short run (3 of 5) or a long one."""
    if rng.random() < 0.6:
        return lognormal(rng, median=2.5 * MINUTE, sigma=0.3)
    return lognormal(rng, median=11 * MINUTE, sigma=0.25)


def scaled(rng: random.Random, *, world: World, factor: float) -> float:
    """Draw from a *world* in which everything takes *factor* times as long."""
    return factor * world(rng)


def later(rng: random.Random, *, world: World, by: float) -> float:
    """Draw from a *world* in which everything takes so many seconds longer."""
    return world(rng) + by


def failing(rng: random.Random, *, world: World, share: float) -> float:
    """Draw from a *world* in which a *share* of the runs fails at some time in the first minute."""
    return MINUTE * rng.random() if rng.random() < share else world(rng)


WORLDS: Mapping[str, World] = {"lognormal": lognormal, "bimodal": bimodal}


def shifts(name: str) -> Mapping[str, World]:
    """Return what the world called *name* may turn into."""
    world = WORLDS[name]
    other = next(other for other in WORLDS if other != name)
    return {
        "2x slower": partial(scaled, world=world, factor=2),
        "4x slower": partial(scaled, world=world, factor=4),
        "2x faster": partial(scaled, world=world, factor=0.5),
        "10 % fail in the first minute": partial(failing, world=world, share=0.1),
        "all 10 min later": partial(later, world=world, by=10 * MINUTE),
        other: WORLDS[other],
    }
