"""What was fetched from the Hugging Face Hub before, by whatever program. Nothing is fetched here."""

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError


def hub_folder(model: str) -> Path | None:
    """The folder of a model such as `openai/whisper-tiny` that was fetched from the Hugging Face Hub before."""
    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
