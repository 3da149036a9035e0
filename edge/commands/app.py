"""The command `undertone`: what can be typed after it, and what happens when it cannot be done."""

import sys
from importlib import import_module

import typer

from edge.logs import complain
from model.errors import UsageError

COMMANDS = (
    *("run", "demo", "watch", "ask", "config", "schema", "train", "ablate", "evaluate", "version", "devices"),
    *("doctor", "sync", "face", "models", "speakers", "bench"),
)
"""Each is a file beside this one with a function, or a group, of the same name; this is their order in the help, where
groups come last."""

EXIT_INTERRUPTED = 130


def build() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        name="undertone",
        help="Listens to a conversation and says, while people still talk, who feels what and what caused it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in COMMANDS:
        command = getattr(import_module(f"edge.commands.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Run the command that was typed. What the user can mend is one line on stderr; a bug shows its trace."""
    try:
        build()()
    except UsageError as error:
        complain(" ".join(str(error).split()))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
