"""Working days: Monday to Friday, or a country's statutory calendar with its make-up days."""

from datetime import date, timedelta

from kamreport.errors import SettingsError

__all__ = ["WorkCalendar"]


class WorkCalendar:
    """The working days of a country.

    Parameters
    ----------
    country
        ISO code; empty for Monday to Friday.

    Raises
    ------
    SettingsError
        If no calendar of this country is known.

    Examples
    --------
    >>> china = WorkCalendar("CN")
    >>> china.is_working(date(2025, 1, 26)), china.is_working(date(2025, 1, 29))  # a working Sunday, New Year's Day
    (True, False)
    >>> WorkCalendar("").back_from(date(2025, 6, 30), 3)
    datetime.date(2025, 6, 26)
    """

    def __init__(self, country: str = "") -> None:
        from holidays import HolidayBase, country_holidays

        try:
            self._days = country_holidays(country) if country else HolidayBase()
        except NotImplementedError:
            raise SettingsError(
                f"kamreport.toml: company.country '{country}' has no calendar; give another ISO code, or none"
            ) from None

    def is_working(self, day: date) -> bool:
        """Say whether a day is worked."""
        return bool(self._days.is_working_day(day))

    def count(self, start: date, end: date) -> int:
        """Count the working days from `start` up to but not including `end`."""
        return sum(self.is_working(start + timedelta(days=n)) for n in range((end - start).days))

    def back_from(self, day: date, working_days: int) -> date:
        """Give the first of the last so many working days up to and including a day."""
        while True:
            working_days -= self.is_working(day)
            if working_days <= 0:
                return day
            day -= timedelta(days=1)

    def after(self, start: date, working_days: int) -> date:
        """Give the day after the so-many-th working day from `start` on."""
        day = start
        while working_days > 0:
            working_days -= self.is_working(day)
            day += timedelta(days=1)
        return day
