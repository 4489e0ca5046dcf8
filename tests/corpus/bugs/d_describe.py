class Reading:
    """A reading of a sensor.

    >>> Reading("t1", 20.5)
    <Reading t1 at 0x...>
    >>> Reading("t1", 20.5).fahrenheit()
    68.9
    """

    def __init__(self, sensor, celsius):
        self.sensor = sensor
        self.celsius = celsius

    def __repr__(self):
        return f"<Reading {self.sensor} at {hex(id(self))}>"

    def fahrenheit(self):
        return round(self.celsius * 9 / 5 + 32, 1)
