class Release:
    """A release with a major and a minor number."""

    def __init__(self, major: int, minor: int) -> None:
        self.major = major
        self.minor = minor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and (self.major, self.minor) == (other.major, other.minor)

    def __hash__(self) -> int:
        return hash((self.major, self.minor))

    def __lt__(self, other: "Release") -> bool:
        return (self.major, self.minor) < (other.major, other.minor)

    def __le__(self, other: "Release") -> bool:
        return self < other or self == other
