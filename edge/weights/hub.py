"""Which files a repository on the Hugging Face Hub has, at one commit, with the hub's own hashes.

Two addresses of the hub are used: `/api/models/ID/revision/REVISION?blobs=true` lists, `/ID/resolve/COMMIT/FILE` gives.
`HF_ENDPOINT` names a mirror, as for every other program. See https://huggingface.co/docs/hub/api.
"""

import http.client
import os
import re
from contextlib import closing
from fnmatch import fnmatchcase
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError

from edge.weights.digest import Digest, Scheme
from edge.weights.download import RemoteFile, UnreachableError, request
from model.errors import FetchError, LostError
from realtime.recognition.catalogue import Repository

_HUB = "https://huggingface.co"
_LIST_LIMIT_BYTES = 8 << 20
_HERE = re.compile(r"[A-Za-z0-9_][\w.-]*")  # no path: it stays within the folder


class _Large(BaseModel):
    """A file that the hub keeps beside git."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _File(BaseModel):
    name: str = Field(alias="rfilename")
    size: int = Field(ge=0)
    git: str = Field(alias="blobId", pattern=r"^[0-9a-f]{40}$")
    large: _Large | None = Field(default=None, alias="lfs")

    @property
    def digest(self) -> Digest:
        return Digest(Scheme.SHA256, self.large.sha256) if self.large else Digest(Scheme.GIT, self.git)


class _Listing(BaseModel):
    commit: str = Field(alias="sha", pattern=r"^[0-9a-f]{40}$")
    files: list[_File] = Field(alias="siblings")


def list_files(repository: Repository) -> list[RemoteFile]:
    """The files that are wanted of a repository, all of one commit.

    Raises:
        UnreachableError: There is no way to the hub.
        FetchError: The hub refuses, says something else than a listing, or lacks a file.
    """
    hub = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _HUB
    revision = quote(repository.revision, safe="")
    listing = _read_listing(f"{hub}/api/models/{repository.id}/revision/{revision}?blobs=true")
    names = wanted([file.name for file in listing.files], repository)
    at = f"{hub}/{repository.id}/resolve/{listing.commit}"
    return [
        RemoteFile(file.name, f"{at}/{quote(file.name)}", file.digest, file.size)
        for file in listing.files
        if file.name in names
    ]


def wanted(names: list[str], repository: Repository) -> set[str]:
    """Those of the names that are wanted.

    Raises:
        FetchError: None matches one of the repository's patterns.
    """
    found: set[str] = set()
    for pattern in repository.files:
        matching = {name for name in names if _HERE.fullmatch(name) and fnmatchcase(name, pattern)}
        if not matching:
            raise FetchError(
                f"there is no {pattern} among the files of {repository.id}", f"It needs {', '.join(repository.files)}"
            )
        found |= matching
    return found


def _read_listing(url: str) -> _Listing:
    try:
        with closing(request(url)) as answer:
            return _Listing.model_validate_json(answer.read(_LIST_LIMIT_BYTES))
    except UnreachableError:
        raise
    except (LostError, OSError, http.client.HTTPException) as error:
        raise FetchError(f"the list of files could not be had ({error})", "Try again in a moment") from error
    except ValidationError as error:
        raise FetchError(
            f"{url} does not say what its files are", "Something may stand between, such as a sign-in page"
        ) from error
