"""Names of every kind: global, nonlocal, closed over, mangled, deleted, bound by a walrus."""

COUNT = 0


def bump(step=1):
    global COUNT
    COUNT += step
    return COUNT


def counter(start=10):
    value = start

    def add(by=2):
        nonlocal value
        value += by
        return value

    return add


def nested_default(n):
    def inner(a=n + 1, *, b=3 if n > 2 else 4, c=[1, 2]):
        c.append(a)
        return a, b, len(c)

    return inner(), inner(b=0), inner(5)


def deleted(flag):
    value = 1
    if flag:
        del value
    try:
        return value
    except UnboundLocalError:
        return "gone"


def walrus(items):
    if (n := len(items)) > 2 and not (m := n % 2):
        return n, m
    return n, [y for x in items if (y := x * 2) > 2]


class Mangled:
    __secret = 4

    def __hidden(self):
        return self.__secret - 1

    def shown(self):
        self.__secret = self.__hidden() * 2
        return self.__secret, sorted(vars(self))


def lambdas():
    twice = lambda x, k=2: x * k
    later = [lambda i=i: i + 1 for i in range(3)]
    return twice(3), [f() for f in later], (lambda: (lambda a: -a)(1) or 7)()


def observe():
    yield bump, (), {}
    yield bump, (5,), {}
    add = counter()
    yield add, (), {}
    yield add, (4,), {}
    for n in (0, 2, 3):
        yield nested_default, (n,), {}
    yield deleted, (True,), {}
    yield deleted, (False,), {}
    for items in ([], [1, 2], [1, 2, 3], [1, 2, 3, 4]):
        yield walrus, (items,), {}
    yield Mangled().shown, (), {}
    yield lambdas, (), {}
