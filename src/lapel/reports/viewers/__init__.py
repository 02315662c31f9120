"""Writers of files for other tools' viewers, one a file: its `VIEWER`; found, not listed."""
