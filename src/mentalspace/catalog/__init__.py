"""What a live database has: tables, columns, keys, indexes, privileges. Names and definitions, never rows."""
