"""Faces varied as heads, lenses, light and hands vary them."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.face.network import SIDE
from model.training.face.settings import Variation


def varied(faces: Tensor, settings: Variation) -> Tensor:
    """Pictures as they are shown for learning, by torch's random numbers.

    Args:
        faces: (B, 1, 48, 48) standardised.
        settings: How far they are changed.

    Returns:
        (B, 1, S, S), S being `settings.side`.
    """
    size = (len(faces), 1, settings.side, settings.side)
    grid = F.affine_grid(_moves(len(faces), settings), list(size), align_corners=False)
    moved = F.grid_sample(faces, grid, padding_mode="border", align_corners=False)
    contrast = torch.exp(_either_way(settings.contrast, len(faces), 1, 1, 1))
    lit = moved * contrast + _either_way(settings.brightness, len(faces), 1, 1, 1)
    return lit.masked_fill(_hidden(len(faces), settings)[:, None], 0.0)


def _moves(count: int, settings: Variation) -> Tensor:
    """(B, 2, 3) where each picture is looked at: turned, nearer or farther, in a mirror, shifted."""
    turn = _either_way(settings.turn, count)
    scale = torch.exp(_either_way(settings.zoom, count)) * settings.reach / SIDE
    mirror = torch.where(torch.rand(count) < settings.mirrored, -1.0, 1.0)
    moves = torch.zeros(count, 2, 3)
    moves[:, 0, 0], moves[:, 0, 1] = scale * torch.cos(turn) * mirror, -scale * torch.sin(turn)
    moves[:, 1, 0], moves[:, 1, 1] = scale * torch.sin(turn) * mirror, scale * torch.cos(turn)
    moves[:, :, 2] = _either_way(settings.shift, count, 2)
    return moves


def _hidden(count: int, settings: Variation) -> Tensor:
    """(B, S, S) bool: a rectangle somewhere in some of the pictures."""
    some = torch.rand(count) < settings.hidden
    height, width = (torch.randint(settings.hidden_least, settings.hidden_most + 1, (count,)) for _ in range(2))
    top, left = ((torch.rand(count) * (settings.side - length)).long() for length in (height, width))
    return (_span(top, height, settings.side)[:, :, None] & _span(left, width, settings.side)[:, None, :]) & some[
        :, None, None
    ]


def _span(start: Tensor, length: Tensor, side: int) -> Tensor:
    """(B, S) bool: from `start`, `length` pixels."""
    places = torch.arange(side)
    return (places >= start[:, None]) & (places < (start + length)[:, None])


def _either_way(most: float, *shape: int) -> Tensor:
    return (torch.rand(shape) - 0.5) * 2 * most
