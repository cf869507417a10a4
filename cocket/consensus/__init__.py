"""Simplex: votes, certificates, the replica's state machine. No I/O, no clock (DESIGN §6).

Read `replica` first: the rules, why they are safe, why they are live. Then `view` (what may be
signed), `tree` (what is proven), `proposals` (what a proposal needs), `effects` (what comes out).
"""
