"""Who may do what: documents, compiler, enforcement."""
