"""Text to be read aloud: sentences drawn from templates and word lists, and words that sound like a given one."""

from __future__ import annotations

import difflib

import numpy as np

from lapel.wakewords.synthesis import phonemes

WHO = (
    "my sister", "the old captain", "a young doctor", "our neighbour", "the teacher", "nobody", "everyone here",
    "the driver", "a tall stranger", "the committee", "your uncle", "the baker", "one of the children", "she", "he",
    "the whole team", "a clever student", "the manager", "somebody outside", "the police officer", "grandmother",
)  # fmt: skip
DID = (
    "forgot", "carried", "painted", "wanted", "noticed", "compared", "borrowed", "completed", "ordered", "repaired",
    "described", "counted", "followed", "answered", "commanded", "visited", "started", "pushed", "sold", "watched",
    "remembered", "missed", "charged", "smashed", "commuted to", "computed", "surveyed", "mirrored", "charmed",
)  # fmt: skip
WHAT = (
    "the garden", "a small table", "twelve letters", "the harbour", "some bread and butter", "the service station",
    "a yellow jacket", "the company", "two tickets", "her smartphone", "an article", "the snow on the roof",
    "a boy in the street", "the compass", "a market", "the missing part", "the corner shop", "his army boots",
    "a new scooter", "the river", "a jar of jam", "the piano", "an hour of music", "the window", "a mirage",
    "a bottle of water", "the snowman", "the playground", "seven birds", "a part of the story", "the dark room",
)  # fmt: skip
HOW = (
    "in the morning", "without a word", "very slowly", "for the third time", "after dinner", "as usual", "by mistake",
    "before the rain", "near the station", "with great care", "last November", "on the way home", "at once",
    "because it was late", "although nobody asked", "in spite of the cold", "every other day", "again and again",
)  # fmt: skip
ASKS = (
    "could you", "would you please", "why did you", "when will they", "how often do we", "do you want to", "let us",
    "I would rather", "they used to", "we never", "you should", "please do not",
)  # fmt: skip
DO = (
    "open the door", "turn the volume down", "set a timer for ten minutes", "call me back", "read the newspaper",
    "switch off the lights in the kitchen", "play something quiet", "stop the music", "wait for the bus",
    "tell me the weather for tomorrow", "write it on the list", "drive to the airport", "share the picture",
    "look at the screen", "buy a ticket", "compete for the prize", "bring an umbrella", "start over", "go swimming",
)  # fmt: skip
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "hundred",
)  # fmt: skip
CONSONANTS = (*"bdfghjklmnprstvwz", "ch", "sh", "tr", "st", "bl")
VOWELS = ("a", "e", "i", "o", "u", "ee", "oo", "ai", "ou")
SOUNDS_ALIKE, LETTERS_ALIKE = 0.75, 0.8
"""Share in common from which on two words count as one: somebody may say the one and mean the other."""
ENDINGS = ("", "", "s", "ing", "er", "ed", "y", "en", "al", "ment")


def sentence(rng: np.random.Generator) -> str:
    """A sentence of one of several kinds."""
    kind = rng.integers(4)
    if kind == 0:
        return f"{_one(rng, WHO)} {_one(rng, DID)} {_one(rng, WHAT)} {_one(rng, HOW)}."
    if kind == 1:
        return f"{_one(rng, ASKS)} {_one(rng, DO)} {_one(rng, HOW)}?"
    if kind == 2:
        return f"{_one(rng, WHO)} {_one(rng, DID)} {_one(rng, WHAT)}, and {_one(rng, WHO)} {_one(rng, DID)} it."
    return ", ".join(_one(rng, NUMBERS) for _ in range(rng.integers(3, 8)))


def confusable(rng: np.random.Generator, word: str) -> str:
    """A word, or no word at all, that shares letters with this one and is said differently: its beginning, its end,
    another sound at one place."""
    for _ in range(20):
        made = _changed(rng, word)
        if made and _alike(made, word) < LETTERS_ALIKE and _apart(phonemes(made), phonemes(word)):
            return made
    return str(_one(rng, NUMBERS))


def _apart(a: str, b: str) -> bool:
    """Whether nobody would take one for the other: a quarter of the sounds differ, and neither holds the other."""
    return b not in a and _alike(a, b) < SOUNDS_ALIKE


def _alike(a: str, b: str) -> float:
    """The share of what is in both, in the same order."""
    return difflib.SequenceMatcher(None, a, b).ratio()


def _changed(rng: np.random.Generator, word: str) -> str:
    parts = word.split()
    if len(parts) > 1 and rng.random() < 0.5:
        return parts[rng.integers(len(parts))] + " " + str(_one(rng, (*NUMBERS, "home", "shop", "window", "garden")))
    kind, at = rng.integers(4), int(rng.integers(1, max(len(word) - 1, 2)))
    if kind == 0:
        return word[: at + 1] + str(_one(rng, ENDINGS))
    if kind == 1:
        return str(_one(rng, CONSONANTS)) + word[at:]
    places = [k for k, c in enumerate(word) if (c in "aeiouy") == (kind == 2) and c.isalpha()]
    if not places:
        return ""
    k = places[rng.integers(len(places))]
    return word[:k] + str(_one(rng, VOWELS if kind == 2 else CONSONANTS)) + word[k + 1 :]


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[rng.integers(len(words))]
