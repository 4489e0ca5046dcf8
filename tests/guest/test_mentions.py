from aitestgen_guest.environment.mentions import has_threads, mentions

SOURCE = '''"""Files are opened with open()."""
# open
def f(path):
    """Like os.path.join."""
    "open"
    return path.read(  # open
        1,
    )
'''


def test_comments_and_docstrings_mention_nothing() -> None:
    assert not mentions(SOURCE, r"\bos\.path\b")
    assert mentions(SOURCE, r"read\(1\)")
    assert not mentions(SOURCE.replace('    "open"\n', ""), r"\bopen\b")


def test_texts_that_the_code_uses_count() -> None:
    assert mentions('def f(o):\n    return getattr(o, "open")', r"\bopen\b")


def test_threads_are_those_that_the_code_starts_or_hands_work_to() -> None:
    assert has_threads("from concurrent.futures import ThreadPoolExecutor as Pool")
    assert has_threads("def f(g):\n    threading.Thread(target=g).start()")
    assert not has_threads("import threading\nlock = threading.Lock()  # no Thread")
    assert has_threads("import threading as t\nfrom threading import Event, Timer\nTimer(1, f).start()")
    assert not has_threads("class Timer:\n    pass")
