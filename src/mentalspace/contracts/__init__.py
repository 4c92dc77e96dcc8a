"""What the data must be: Open Data Contract Standard documents."""
