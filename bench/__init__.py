"""What is measured, and how. `make bench` runs it all and writes the figures into README.md."""
