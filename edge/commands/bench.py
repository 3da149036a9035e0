"""`undertone bench`: measurements anyone can repeat, each a command of its own."""

from importlib import import_module

import typer

MEASUREMENTS = ("latency", "incremental", "captions", "load", "soak", "room")
"""Each is a file `bench_NAME.py` beside this one with a function of the same name; this is their order in the help."""

bench = typer.Typer(help="Measure what anyone can measure again.", no_args_is_help=True)

for _name in MEASUREMENTS:
    bench.command(_name)(getattr(import_module(f"edge.commands.bench_{_name}"), _name))
