"""The benchmark: this press beside the loop that people write, and beside the floor that no press can go below."""
