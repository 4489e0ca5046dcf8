from dataclasses import dataclass


@dataclass
class Person:
    name: str
    age: int


def average_age(people: list[Person]) -> float:
    """The average age, 0 for nobody."""
    if not people:
        return 0.0
    return sum(person.age for person in people) / len(people)
