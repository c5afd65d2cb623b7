"""Charts: each builder takes a result frame and a language and returns a figure."""
