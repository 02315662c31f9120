"""Kinds of estimators, one a file: how those whose form says `kind` become a graph, `convert(asked)`."""
