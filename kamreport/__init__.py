"""Key-account reports from Jupyter notebooks."""
