"""Complete examples, made with the public API only."""
