"""Chance out of hashes: the same question has the same answer in every process and in any order."""

import hashlib
import random


def number(*parts: object) -> int:
    """64 bits that depend on all parts and on nothing else."""
    told = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big")


def draw(*parts: object) -> float:
    """A number in [0, 1).

    >>> draw(0, "a") == draw(0, "a") != draw(1, "a")
    True
    """
    return (number(*parts) >> 11) / float(2**53)


def beta(a: float, b: float, *parts: object) -> float:
    """A number of the beta distribution, by the parts."""
    return random.Random(number(*parts)).betavariate(a, b)  # noqa: S311 -- a simulation, no secret


def digest(text: str) -> str:
    """Sixteen letters that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
