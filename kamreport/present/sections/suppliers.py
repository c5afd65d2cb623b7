"""What the sections on an account's suppliers share: how a supplier is called, and what the amounts are."""

from collections.abc import Mapping

from kamreport.language import Names, Share, Text, text
from kamreport.present.sections.columns import margin_weight
from kamreport.present.sections.rivals import RESERVED

__all__ = ["purchases_basis", "said_supplier", "supplier"]

_OTHERS = {**RESERVED, "own": text("we"), "new": text("change of all purchases")}


def supplier(id_: object, names: Mapping[str, str]) -> Text | str:
    """Say who a supplier is."""
    return _OTHERS.get(str(id_)) or names.get(str(id_), str(id_))


def said_supplier(id_: object, names: Mapping[str, str]) -> Text | Names:
    """Say in a sentence who a supplier is."""
    name = supplier(id_, names)
    return Names([name]) if isinstance(name, str) else name


def purchases_basis(margin_rate: float = float("nan")) -> list[Text]:
    """Say what the amounts are, and why the amount at stake is less; that only where the margin rate is known."""
    said = [
        text(
            "Amounts are purchases a year: estimates of fewer or more months are stretched to one, though an account "
            "that buys by season may buy otherwise."
        )
    ]
    if margin_rate == margin_rate:
        said.append(
            text(
                "The amount at stake is the margin on them, at our margin rate of {rate}.",
                rate=Share(margin_weight(margin_rate)),
            )
        )
    return said
