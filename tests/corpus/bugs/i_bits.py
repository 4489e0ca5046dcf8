def pack(low: int, high: int) -> int:
    """Two numbers from 0 to 255 in one."""
    if not (0 <= low <= 255 and 0 <= high <= 255):
        raise ValueError("range")
    return low | high << 8


def unpack(packed: int) -> tuple[int, int]:
    """The two numbers in one."""
    return packed & 255, packed >> 8
