"""Pictures of reports, one a file: its `PICTURE`; found, not listed."""
