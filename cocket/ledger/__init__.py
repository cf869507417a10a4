"""What every member must agree on, byte for byte. No I/O, no clock, no randomness of its own."""
