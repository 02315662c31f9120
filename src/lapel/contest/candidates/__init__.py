"""Candidates, one a file: each has a `CANDIDATE` (`lapel.contest.candidate.Candidate`) of its own name."""
