"""Last steps, one class a file of its name in lower case: `ESTIMATOR`."""
