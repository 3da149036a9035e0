"""`undertone speakers`: people whose voices are recognised by name."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from edge.commands.options import ConfigOption

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the person is called.")]

CONSENT = (
    "what is kept identifies this person by voice: biometric data (Article 9 of the GDPR). Enrol only who agreed, "
    "freely and knowing what for; at work and in school that needs a legal basis of its own. "
    "`undertone speakers remove` forgets them"
)

speakers = typer.Typer(
    help="Recognise people by their voices: enrol, list and remove them.\n\nKept is a vector per person and no sound, "
    "on this machine, for your user only. It is biometric data (Article 9 of the GDPR): enrol only who agreed. It is "
    "removed after diarizer.enrolled_days, a year unless set.",
    invoke_without_command=True,
)


@speakers.callback()
def overview(context: typer.Context, as_json: JsonOption = False) -> None:
    """List who is enrolled, if no command is given."""
    if context.invoked_subcommand is None:
        list_speakers(as_json)


@speakers.command()
def enrol(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of this person alone, 10 to 30 s long.")],
    replace: Annotated[bool, typer.Option("--replace", help="Learn the voice anew if the name is known.")] = False,
) -> None:
    """Learn a voice from a recording; later conversations call it by the name."""
    from edge.logs import say
    from edge.speakers.enrolling import enrol as enrol_speaker
    from edge.speakers.enrolling import much_like

    say(CONSENT)
    learned = enrol_speaker(name, file, replace=replace)
    say(f"{learned.name} is enrolled, by {learned.speech_s:.0f} s of speech; conversations from now on know the voice")
    for other in much_like(learned):
        say(f"the voices of {learned.name} and {other} are much alike; they may be mixed up")


@speakers.command("list")
def list_speakers(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say who is enrolled, since when, and until when that is kept; remove what is too old."""
    import json

    from rich.console import Console
    from rich.table import Table

    from edge.configuration import read_configuration
    from edge.logs import say
    from edge.speakers.keeping import kept_days, kept_words
    from realtime.voices import enrolment

    days = kept_days(read_configuration(config).settings)
    for name in enrolment.remove_expired(days):
        say(f"{name} is forgotten: voices are kept for {days:g} days")
    everybody = enrolment.enrolments()
    if as_json:
        fields = {"name", "enrolled", "speech_s", "weights_sha256"}
        people = [
            {**person.model_dump(mode="json", include=fields), "until": _moment(person.until(days))}
            for person in everybody
        ]
        typer.echo(json.dumps({"folder": str(enrolment.folder()), "speakers": people}, indent=2, ensure_ascii=False))
        return
    if not everybody:
        say("nobody is enrolled; to change that: undertone speakers enrol NAME FILE")
        return
    table = Table("name", "enrolled", "speech, s", "", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    usable = {person.name for person in enrolment.read_enrolled(days)}
    for person in everybody:
        note = kept_words(person, days)
        if person.name not in usable:
            note += "; learned by another network: enrol again with --replace"
        table.add_row(person.name, f"{person.enrolled:%Y-%m-%d}", f"{person.speech_s:.0f}", note)
    Console(highlight=False, markup=False).print(table)


@speakers.command()
def remove(name: NameArgument) -> None:
    """Forget a voice: what is kept of it is deleted."""
    from edge.logs import say
    from model.errors import SettingsError
    from realtime.voices import enrolment

    name = enrolment.checked_name(name)
    if not enrolment.remove(name):
        raise SettingsError(f"nobody called {name} is enrolled", "See who is: undertone speakers list")
    say(f"{name} is forgotten; conversations from now on do not know the voice")


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
