"""The list of questions beside the pictures of a set."""

from __future__ import annotations

import json
from pathlib import Path


def write_questions(folder: Path, entries: list[dict]) -> None:
    """Writes ``questions.json``, an entry a line."""
    listing = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (folder / "questions.json").write_text(f"[\n{listing}\n]\n")
