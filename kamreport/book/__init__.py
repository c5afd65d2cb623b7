"""Data in: files or SQL become checked tables, the ledger on disk, and a `Book` for one region and period."""
