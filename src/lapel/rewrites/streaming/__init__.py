"""Networks over a window of time -> networks that take the next frames alone and keep the rest, exactly."""

from lapel.rewrites.streaming.pace import Analysis, Pace, analyze
from lapel.rewrites.streaming.rewrite import Streamed, stream

__all__ = ["Analysis", "Pace", "Streamed", "analyze", "stream"]
