"""What it costs to send a parcel: a pure function with branches."""

from dataclasses import dataclass

ZONES = {"home": 390, "neighbour": 890, "world": 1690}
HEAVY_GRAMS = 10_000


@dataclass(frozen=True)
class Parcel:
    """A parcel to send. The weight is in grams."""

    grams: int
    zone: str = "home"
    insured: bool = False


def price(parcel: Parcel) -> int:
    """The postage of a parcel, in cents.

    Raises ValueError for a weight that is not positive or over 30 kg, and for an unknown zone.
    """
    if not 0 < parcel.grams <= 30_000:
        raise ValueError(f"a parcel weighs between 1 and 30000 grams, not {parcel.grams}")
    if parcel.zone not in ZONES:
        raise ValueError(f"unknown zone: {parcel.zone!r}")
    cents = ZONES[parcel.zone]
    if parcel.grams > HEAVY_GRAMS:
        cents *= 2
    if parcel.insured:
        cents += 250
    return cents


def delivery_days(zone: str, express: bool = False) -> int:
    """Working days until a parcel arrives; express halves them, to no less than one."""
    days = {"home": 2, "neighbour": 4}.get(zone, 9)
    return max(1, days // 2) if express else days
