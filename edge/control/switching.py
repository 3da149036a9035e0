"""The command `set`: what is switched while a node runs, kept across its restarts, and shown in its retained `info`."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from edge.control.verb import Done, RefusedError, Verb
from edge.purpose import LAW, Purpose, allowed
from edge.wire.command import SetCommand
from edge.wire.node import NodeSwitches
from model.errors import LostError
from model.modality import Modality
from realtime.looking import Looking
from realtime.opt_out import OptOut

_LOG = logging.getLogger(__name__)
_HOLDER: Final = "command set"
_OFF: Final = "switched off"
_NOBODY: Final = {"client": "node", "request_id": "kept"}


@dataclass(frozen=True, slots=True)
class Abilities:
    """What there is to switch.

    Attributes:
        purpose: What people are listened to for; it forbids some of it.
        modalities: What emotions can be read from in this run.
        unread: Why the others cannot, in plain words.
    """

    purpose: Purpose
    modalities: tuple[Modality, ...]
    unread: Mapping[Modality, str]


@dataclass(frozen=True, slots=True)
class Switches:
    """How a node is switched.

    Attributes:
        modalities: What emotions are read from.
        link_threshold: Least probability of a published link.
        partials: Whether unfinished text is published.
        opt_out: Whose utterances are neither analysed nor published.
        camera: Whether pictures are looked at; None where there is no camera.
    """

    modalities: tuple[Modality, ...]
    link_threshold: float
    partials: bool
    opt_out: tuple[str, ...] = ()
    camera: bool | None = None

    def payload(self) -> NodeSwitches:
        """As readers see it: how many have opted out, and not who."""
        return NodeSwitches(
            camera=self.camera,
            modalities=self.modalities,
            link_threshold=self.link_threshold,
            partials=self.partials,
            opted_out=len(self.opt_out),
        )


class Switchboard:
    """Holds the switches, and moves what hangs on them.

    Args:
        settings: How everything is switched where no command said otherwise.
        abilities: What there is to switch.
        looking: Lets pictures pass unseen; None where there is no camera.
        opted_out: Who has opted out.
        link: Moves the threshold of links.
        ids: Every id that whoever is called so has in the running conversation.
    """

    def __init__(
        self,
        settings: Switches,
        abilities: Abilities,
        looking: Looking | None,
        opted_out: OptOut,
        link: Callable[[float], Awaitable[None]],
        ids: Callable[[str], Collection[str]] = lambda _: (),
    ) -> None:
        self.now = settings
        self._settings = settings
        self._abilities = abilities
        self._looking = looking
        self._opted_out = opted_out
        self._link = link
        self._ids = ids

    def unread(self) -> Collection[Modality]:
        """What is not read although it could be, at this moment."""
        blind = {Modality.VIDEO} if self.now.camera is False else set()
        return blind | (set(self._abilities.modalities) - set(self.now.modalities))

    def differing(self) -> dict[str, Any]:
        """What is switched otherwise than the settings say, as it is kept."""
        names = ("modalities", "link_threshold", "partials", "opt_out", "camera")
        kept = {
            name: getattr(self.now, name) for name in names if getattr(self.now, name) != getattr(self._settings, name)
        }
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    async def set(self, wanted: Mapping[str, Any]) -> None:
        """Switch all of this, or nothing. A camera that is not there is off already.

        Raises:
            RefusedError: Some of it cannot be switched here.
        """
        if self.now.camera is None and wanted.get("camera") is False:
            wanted = {name: value for name, value in wanted.items() if name != "camera"}
        self._check(wanted)
        before, self.now = self.now, replace(self.now, **wanted)
        if self.now.link_threshold != before.link_threshold:
            await self._link(self.now.link_threshold)
        if "opt_out" in wanted:
            self._opt_out()
        if self._looking is not None and self.now.camera is not None:
            self._look(self._looking, on=self.now.camera)

    async def restore(self, kept: Mapping[str, Any]) -> None:
        """Switch as commands had it in an earlier start; what is not possible any more is left out, and said.

        Whom the settings let opt out has opted out, whatever a command said before they did.
        """
        for name, value in kept.items():
            try:
                command = SetCommand.model_validate({**_NOBODY, name: value})
                await self.set(_wanted(command))
            except (ValidationError, RefusedError) as error:
                why = "it means nothing" if isinstance(error, ValidationError) else str(error)
                _LOG.warning("%s is no longer switched as a command had it: %s", name[:40], why)
        await self.set({"opt_out": tuple(dict.fromkeys((*self._settings.opt_out, *self.now.opt_out)))})
        if differing := sorted(self.differing()):
            _LOG.warning("switched otherwise than the settings say, by a command: %s", ", ".join(differing))

    def _check(self, wanted: Mapping[str, Any]) -> None:
        if wanted.get("camera") and self.now.camera is None:
            forbidden = Modality.VIDEO not in allowed(self._abilities.purpose)
            law = f"purpose '{self._abilities.purpose}': no camera is opened there, because of {LAW}"
            raise RefusedError("impossible", law if forbidden else "there is no camera; set one and start again")
        for modality in wanted.get("modalities", ()):
            if modality not in self._abilities.modalities:
                why = self._abilities.unread.get(modality, "this node does not read it")
                raise RefusedError("impossible", f"{modality} cannot be read here: {why}")

    def _opt_out(self) -> None:
        self._opted_out.replace(self.now.opt_out)
        for name in self.now.opt_out:
            for known in self._ids(name):
                self._opted_out.identify(name, known)

    def _look(self, looking: Looking, *, on: bool) -> None:
        if on:
            looking.look(_HOLDER)
        else:
            looking.avert(_HOLDER, _OFF)


def set_command(
    board: Switchboard,
    keep: Callable[[], Awaitable[None]],
    announce: Callable[[NodeSwitches], Awaitable[None]],
) -> Verb:
    """The command `set`.

    Args:
        board: Is switched.
        keep: Keeps how everything is switched for the next start.
        announce: Says how the node is switched now.
    """

    async def carry_out(command: SetCommand) -> Done:
        wanted = _wanted(command)
        await board.set(wanted)
        await announce(board.now.payload())
        try:
            await keep()
        except LostError as error:
            return Done(f"set until the next start, since it cannot be kept: {error}")
        return Done(f"set: {', '.join(sorted(wanted))}")

    return Verb(SetCommand, carry_out)


def _wanted(command: SetCommand) -> dict[str, Any]:
    """What was asked to be set; the modalities in their own order, each once."""
    wanted: dict[str, Any] = command.wanted()
    if "modalities" in wanted:
        wanted["modalities"] = tuple(modality for modality in Modality if modality in wanted["modalities"])
    return wanted
