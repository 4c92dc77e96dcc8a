"""The first administrator, whom nobody inside can appoint."""
