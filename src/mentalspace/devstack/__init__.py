"""A Supabase-compatible stack without Docker."""
