import ast

from aitestgen.analyse import understand
from aitestgen.analyse.command_lines import argument_lists, lists_of_command
from aitestgen.values import SourceFile

SUMMARY = """
import argparse

def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("extra", nargs="*")
    parser.add_argument("-c", "--column", default="amount")
    parser.add_argument("--op", choices=["sum", "mean"])
    parser.add_argument("--limit", type=int, required=True)
    parser.add_argument("-v", "--verbose", action="store_true")
"""
COMMANDS = """
import argparse

parser = argparse.ArgumentParser()
commands = parser.add_subparsers(required=True)
add = commands.add_parser("add")
add.add_argument("name")
add = commands.add_parser("remove")
add.add_argument("--force", action="store_true")
"""
CLICK = """
import click

@click.group()
def cli():
    pass

@cli.command()
@click.argument("name")
@click.option("--count", type=int)
@click.option("--shout/--quiet")
def say_hello(name, count, shout):
    pass
"""


def lists(code: str) -> list[list[str]]:
    return [ast.literal_eval(text) for text in argument_lists(ast.parse(code))]


def test_what_is_required_is_always_given_and_each_option_once() -> None:
    found = lists(SUMMARY)
    needed = ["file", "--limit", "3"]
    assert found[0] == needed
    assert [*needed, "--column", "column"] in found
    assert [*needed, "--op", "mean"] in found
    assert [*needed, "--op", "other"] in found
    assert [*needed, "--verbose"] in found
    assert [*needed, "extra"] in found


def test_what_the_program_refuses_comes_too() -> None:
    found = lists(SUMMARY)
    assert [] in found
    assert ["file", "--limit", "3", "--unknown"] in found


def test_each_subcommand_has_its_own_options() -> None:
    found = lists(COMMANDS)
    assert ["add", "name"] in found
    assert ["remove", "--force"] in found
    assert not [one for one in found if one[:1] == ["add"] and "--force" in one]


def test_commands_of_click_are_called_by_their_names() -> None:
    found = lists(CLICK)
    assert ["say-hello", "name", "--count", "3"] in found
    assert ["say-hello", "name", "--shout"] in found


def test_a_command_of_click_by_itself_takes_its_own_arguments() -> None:
    *_, command = ast.parse(CLICK).body
    assert isinstance(command, ast.FunctionDef)
    assert "['name', '--count', '3']" in lists_of_command(command)


def test_a_module_without_a_command_line_has_no_lists() -> None:
    assert argument_lists(ast.parse("def main(argv=None):\n    return argv\n")) == ()


def test_there_are_at_most_24() -> None:
    code = "".join(f"parser.add_argument('--option-{number}')\n" for number in range(60))
    assert len(argument_lists(ast.parse(code))) == 24


def test_what_a_parser_made_is_no_command_line() -> None:
    code = COMMANDS + "\ndef rename(args):\n    return args.name\n\ndef main(args):\n    parser.parse_args(args)\n"
    targets = {target.id: target for target in understand(SourceFile(module="tasks", text=code), (), ()).targets}
    assert targets["rename"].parameters[0].constants == ()
    assert "['add', 'name']" in targets["main"].parameters[0].constants
