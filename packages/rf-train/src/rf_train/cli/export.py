"""`rf-train export`: a merged model for other programs."""

from pathlib import Path

import click
from rf_jsonl.options import UserPath

# An export to GGUF needs a converter that knows every architecture's tensors and tokenizers; see
# docs/merging.md.
_NO_GGUF = (
    "--to gguf: not supported, since the only maintained converter, llama.cpp's "
    "convert_hf_to_gguf.py, is in no registry; run it on {folder} (docs/merging.md explains how)"
)


@click.command()
@click.argument("model", type=UserPath(folder=True, exists=True, file_okay=False))
@click.option("--to", "target", type=click.Choice(["ollama", "gguf"]), required=True)
@click.option("--out", type=UserPath(dir_okay=False, allow_dash=True), help="Modelfile to write.")
@click.option(
    "--weights",
    type=UserPath(exists=True, dir_okay=False),
    help="A GGUF file made from MODEL, to build from instead of its safetensors.",
)
@click.option("--force", is_flag=True, help="Replace another file at --out.")
def export(model: Path, target: str, out: Path | None, weights: Path | None, force: bool) -> None:
    """Describe the merged MODEL folder for another program.

    ollama: writes a Modelfile (default: into MODEL) with the template, system prompt and stop
    tokens of the training; `ollama create NAME -f Modelfile` builds the model from it.
    """
    from rf_jsonl import is_file_to_be, shown, write_whole

    from rf_train.errors import TrainError

    if target == "gguf":
        raise TrainError(_NO_GGUF.format(folder=model))
    from rf_train.quiet import quiet_libraries

    quiet_libraries()
    from rf_train.merge.export_ollama import MODELFILE, modelfile

    path = out or model / MODELFILE
    to_stream = not is_file_to_be(path)
    click.echo(f"Describing {shown(model)} for Ollama in {shown(path)}", err=to_stream)
    folder = "." if path.parent.resolve() == model.resolve() else str(model.resolve())
    text = modelfile(model, str(weights.resolve()) if weights is not None else folder)
    if not write_whole(path, text.encode("utf-8"), force=force):
        click.echo("unchanged")
    if not to_stream:
        click.echo(text, nl=False)
