"""Steps before the last, one class a file of its name in lower case: `STEP`."""
