"""Sound: files of users, and what is computed of it before and behind a model."""

from lapel.audio.chain import chain

__all__ = ["chain"]
