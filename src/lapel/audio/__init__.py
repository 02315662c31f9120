"""Sound: files of users, and what is computed of it before and behind a model."""
