from typing import Literal

Colour = Literal["red", "green", "yellow"]


def following(colour: Colour) -> Colour:
    """The next colour of a traffic light."""
    if colour == "red":
        return "green"
    if colour == "green":
        return "yellow"
    return "red"
