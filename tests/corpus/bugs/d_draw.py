import random


class Deck:
    """A deck of numbered cards.

    >>> deck = Deck(3)
    >>> deck.draw() in (1, 2, 3)
    True
    >>> len(deck)
    2
    """

    def __init__(self, size):
        self.cards = list(range(1, size + 1))
        random.shuffle(self.cards)

    def draw(self):
        return self.cards.pop()

    def __len__(self):
        return len(self.cards)
