"""A draft of kamreport.toml from the exports of a firm; loading itself never guesses."""

from kamreport.book.guessing.drafting import Draft, draft_mapping

__all__ = ["Draft", "draft_mapping"]
