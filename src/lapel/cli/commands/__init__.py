"""The commands, one a file: each module has a `COMMAND`, named like the module, and returns its exit code."""
