"""One module per way to execute a firmware; a target's .toml names it (`[emulator] kind`)."""
