"""The press: runs the notebooks for every region and period and publishes what they say. Knows no accounts."""
