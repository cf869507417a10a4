"""Fuzzing of every decoder of hostile bytes, and attacks on the two ports.

    python -m tests.fuzz                      every decoder for some seconds each
    python -m tests.fuzz --decoder frame --count 1000000
    python -m tests.fuzz.attack               slow and many clients against four real nodes

What a decoder owes is in `decoder`; which there are in `table`; how inputs are made in `mutate`.
"""
