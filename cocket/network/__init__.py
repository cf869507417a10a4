"""Peers: TLS sessions, frames, batch dissemination, catch-up."""
