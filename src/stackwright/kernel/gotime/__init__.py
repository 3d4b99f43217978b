"""Time as Go tells it: layouts written as the reference time, moments and spans with their methods."""

from stackwright.kernel.gotime.layout import TimeError, formatted
from stackwright.kernel.gotime.moments import Moment, Span, Zone, span_of, zone_of
from stackwright.kernel.gotime.parsing import parsed

__all__ = ["Moment", "Span", "TimeError", "Zone", "formatted", "parsed", "span_of", "zone_of"]
