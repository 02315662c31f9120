"""What families of operators share: windows, weights, broadcasting, movement of bytes, tables. Knows no operator."""
