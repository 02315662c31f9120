"""Readers of data, a kind of source a file: `SUFFIXES` ("" for folders) and `read(path, **options)`."""
