"""Worlds of raters' scores: nobody differs, or one rival does."""

import numpy as np
import pandas as pd

from kamreport.settings import Attribute, Bilingual

ATTRIBUTES = {
    name: Attribute(name=Bilingual(en=name, zh=name), weight=weight, level=level)  # type: ignore[arg-type]
    for name, weight, level in (
        ("price", 0.3, "price"),
        ("quality", 0.2, "quality"),
        ("delivery", 0.2, "quality"),
        ("service", 0.2, "quality"),
        ("brand", 0.1, "culture"),
    )
}
ROUNDS = pd.to_datetime(["2023-11-15", "2024-05-15", "2024-11-15", "2025-05-15"])


def world(
    seed: int, *, raters: int = 10, rivals: tuple[str, ...] = ("a", "b", "c", "d"), ahead: float = 0.0,
    rising: float = 0.0,
) -> pd.DataFrame:  # fmt: skip
    """Whole scores of us and the rivals in four half-yearly rounds; only the last rival may be ahead, or rising."""
    random = np.random.default_rng(seed)
    suppliers = ("own", *rivals)
    shape = (len(ROUNDS), raters, len(suppliers), len(ATTRIBUTES))
    mean = np.zeros(shape)
    mean[:, :, -1] += ahead + rising * (np.arange(len(ROUNDS)) - len(ROUNDS) + 1).reshape(-1, 1, 1) / 2
    mood = random.normal(0, 0.4, (len(ROUNDS), raters, 1, 1))
    scores = np.clip(np.round(7 + mean + mood + random.normal(0, 0.8, shape)), 1, 10)
    places = pd.MultiIndex.from_product(
        [ROUNDS, [f"r{number}" for number in range(raters)], suppliers, list(ATTRIBUTES)],
        names=["rated_on", "rater_id", "competitor_id", "attribute"],
    )
    return pd.Series(scores.ravel(), index=places, name="score").reset_index().assign(importance=np.nan)
