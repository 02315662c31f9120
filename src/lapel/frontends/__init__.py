"""Front ends: a model file of some format -> Graph."""
