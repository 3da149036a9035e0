"""`undertone evaluate`: the shipped network, or another, held against annotated conversations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edge.commands.evaluate_part import Asked, Part, evaluate_part
from edge.commands.extras import needs_extra
from model.errors import SettingsError

if TYPE_CHECKING:
    from model.evaluation.evaluate import Measuring
    from model.evaluation.report import Evaluation


def evaluate(
    context: typer.Context,
    *,
    data: Annotated[Path, typer.Option(metavar="FILE", help="Annotated conversations; with --part, see there.")],
    part: Annotated[
        Part | None,
        typer.Option(
            help="Measure one part by itself, with --data, --json and, of an encoder, --checkpoint. speaker: who is "
            "said to speak when, on a folder of recordings with RTTM files. voice: a folder with clips of RAVDESS or "
            "EmoDB. face: an .npz file with x and y, or one pair such as val_x and val_y, in the form of FER2013. "
            "fusion: what voices and faces change in annotated conversations; needs --voice-pool or --face-pool.",
            show_default="emotions and causes",
        ),
    ] = None,
    data_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="Their format: ecf, semeval, meld, reccon, goemotions, iemocap (its train split) or iemocap-test.",
        ),
    ] = "ecf",
    network: Annotated[str, typer.Option(help="Which network reads them: mtml, also called migat.")] = "mtml",
    delay: Annotated[
        str,
        typer.Option(
            metavar="N|offline",
            help="Later utterances that may be read before a result counts; offline: as many as the network reads.",
        ),
    ] = "0",
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the weights.", show_default="the shipped one")
    ] = None,
    corrupt: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="Share of the words to corrupt before reading.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the corruption and of the intervals' resamples.")] = 0,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N conversations.", show_default="all")
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="ECF's table of voice features, .npy; needs --rows.", show_default="none"),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="ECF's table of face features, .npy; needs --rows.", show_default="none"),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which row of them belongs to whom: video_id_mapping.npy."),
    ] = None,
    voice_pool: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --part fusion: the pool that the training of a voice encoder wrote."),
    ] = None,
    face_pool: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --part fusion: the pool that the training of a face encoder wrote."),
    ] = None,
    spoken: Annotated[
        bool, typer.Option("--spoken", help="Voice them with flite, and measure what the live pipeline hears.")
    ] = False,
    mono: Annotated[
        bool, typer.Option("--mono", help="With --spoken: one channel for all instead of one for each speaker.")
    ] = False,
    transcripts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --spoken: file for the words heard, JSON lines.", show_default="none"),
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for pictures of the results.", show_default="none")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything as JSON, with machine, versions, weights and settings.")
    ] = False,
) -> None:
    """Measure emotions and cause links on annotated conversations by the published definitions."""
    from rich.console import Console

    if part is not None:
        asked = Asked(data, data_format, checkpoint, seed, voice_pool, face_pool)
        evaluate_part(context, part, asked, as_json=as_json)
        return
    if voice_pool or face_pool:
        raise SettingsError("--voice-pool and --face-pool are about the fusion", "Add --part fusion")

    with needs_extra("train"):
        from edge.evaluation_view import EvaluationProgress, as_tables
        from model.checkpoint import SHIPPED
        from model.evaluation.evaluate import evaluate as measure

        if pictures:
            from model.evaluation.pictures import draw
    _require_sense(
        spoken=spoken, about_sound=bool(mono or transcripts), other_words=corrupt > 0, tables=bool(audio or video)
    )
    measured_by = _by_ear(mono=mono, transcripts=transcripts) if spoken else _with_tables(audio, video, rows)
    with EvaluationProgress() as progress:
        result = measure(
            data,
            data_format=data_format,
            network=network,
            delay=_delay(delay),
            checkpoint=checkpoint or SHIPPED,
            corrupt=corrupt,
            seed=seed,
            limit=limit,
            progress=progress.read,
            measured_by=measured_by,
        )
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        Console(highlight=False).print(as_tables(result))
        if spoken:
            _print_heard(result)
    if pictures:
        for picture in draw(result, pictures):
            typer.echo(f"drawn: {picture}", err=True)


def _require_sense(*, spoken: bool, about_sound: bool, other_words: bool, tables: bool) -> None:
    """Refuse options that contradict one another."""
    if not spoken and about_sound:
        raise SettingsError("--mono and --transcripts are about what is spoken", "Add --spoken")
    if spoken and other_words:
        raise SettingsError("--spoken and --corrupt both change the words", "Leave one of them out")
    if spoken and tables:
        raise SettingsError("--spoken voices the words; there are no features of that voice", "Leave the tables out")


def _by_ear(*, mono: bool, transcripts: Path | None) -> "Measuring":
    from functools import partial

    from edge.configuration import read_configuration
    from edge.logs import log_to_stderr
    from edge.spoken.casting import Channels, Settings
    from edge.spoken.evaluation import measure_spoken

    log_to_stderr(verbose=False)
    voicing = Settings(channels=Channels.MONO if mono else Channels.SPEAKER)
    return partial(measure_spoken, voicing=voicing, app=read_configuration().settings, transcripts=transcripts)


def _with_tables(audio: Path | None, video: Path | None, rows: Path | None) -> "Measuring | None":
    if not (audio or video or rows):
        return None
    if rows is None or not (audio or video):
        raise SettingsError("a table needs to be told whose rows it has", "Give --rows, and --audio or --video or both")
    from functools import partial

    from model.encoders.tables import TablePaths
    from model.evaluation.evaluate import measure

    return partial(measure, tables=TablePaths(rows=rows, audio=audio, video=video))


def _print_heard(result: "Evaluation") -> None:
    from rich.console import Console

    from edge.spoken.evaluation import SpokenEvaluation
    from edge.spoken.report import as_table

    if isinstance(result, SpokenEvaluation):
        Console(highlight=False).print(as_table(result.spoken))


def _delay(given: str) -> int | Literal["offline"]:
    if given == "offline":
        return "offline"
    if given.isdecimal():
        return int(given)
    raise SettingsError(f"{given!r} is no delay", "Give --delay a number of utterances, such as 0, or offline")
