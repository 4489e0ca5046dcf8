import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitestgen.propose.by_search import names


@given(st.lists(st.text(), max_size=5))
def test_a_joined_name_is_always_an_identifier_of_bounded_length(parts: list[str]) -> None:
    name = names.joined(*parts)
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert name.startswith("test")


@pytest.mark.parametrize(
    ("dotted", "snake"),
    [
        ("BankAccount.apply_interest", "bank_account_apply_interest"),
        ("LRUCache", "lru_cache"),
        ("HTTPServer.getURL", "http_server_get_url"),
        ("_private", "private"),
        ("IPv6Address", "ipv6_address"),
    ],
)
def test_dotted_camel_case_becomes_snake_case(dotted: str, snake: str) -> None:
    assert names.snake(dotted) == snake


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("None", "none"),
        ("True", "true"),
        ("0", "zero"),
        ("-3", "minus_3"),
        ("0.5", "0_point_5"),
        ("2.0", "2"),
        ('""', "empty_string"),
        ('"  "', "blank_string"),
        ('"Hello World"', "hello_world"),
        ('"?!"', "punctuation"),
        (r'b"\xca\xfe\x02"', "3_bytes"),
        (r'b"\xff"', "one_byte"),
        ('b"abc"', "abc"),
        ("[]", "empty_list"),
        ("[1]", "one_item_list"),
        ("{'a': 1, 'b': 2}", "two_item_dict"),
        ("Decision.ALLOW", "decision_allow"),
    ],
)
def test_a_value_has_a_name_that_a_reader_would_give_it(text: str, name: str) -> None:
    assert names.of_value(text) == name


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("A monogram needs at least one name", "monogram_needs_at_least_one_name"),
        ("the price of an item must be at least as high as its cost", "price_of_item"),
        ("Hello World, Hello World", "hello_world"),
        ("the", "the"),
    ],
)
def test_a_long_message_is_not_left_hanging_on_a_word(message: str, said: str) -> None:
    assert names.words(message, 6) == said


def test_a_name_that_is_cut_ends_with_a_word_that_can_end_it() -> None:
    name = names.joined("price_of_a_thing_that_is_sold", "raises_value_error", "price_is_higher_than_the_limit_of_all")
    assert name == "test_price_of_a_thing_that_is_sold_raises_value_error_price_is_higher"


def test_the_words_of_a_message_leave_out_numbers_and_signs() -> None:
    assert names.words("need 4.9 more, not: 'x'") == "need_more_not_x"


def test_what_an_object_shows_is_named_by_where_it_is_and_not_by_how_it_is_read() -> None:
    views = ["{}.weights.tolist()", "{}.table.to_dict('list')", "{}.total", "len({}.losses)", "len({})", "{}.tolist()"]
    assert names.of_views(views) == ["weights", "table", "total", "losses", "length", "tolist"]


@pytest.mark.parametrize(("text", "name"), [("no file\n", "no_file"), ("290\n", "290"), ("-3", "minus_3"), ("===", "")])
def test_output_is_named_by_its_words_or_by_the_number_that_it_is(text: str, name: str) -> None:
    assert names.of_output(text) == name
