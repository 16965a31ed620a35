"""`rf-train export`: a merged model for other programs."""

from pathlib import Path

import click

# What an export to GGUF would be: a converter that knows every architecture's tensors and
# tokenizers. docs/merging.md says what there is.
_NO_GGUF = (
    "--to gguf: not offered, since the only maintained converter, llama.cpp's "
    "convert_hf_to_gguf.py, is in no registry; run it on {folder} (docs/merging.md says how)"
)


@click.command()
@click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "target", type=click.Choice(["ollama", "gguf"]), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The Modelfile.")
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A GGUF file made of MODEL, to build from instead of its safetensors.",
)
@click.option("--force", is_flag=True, help="Replace another file at --out.")
def export(model: Path, target: str, out: Path | None, weights: Path | None, force: bool) -> None:
    """Describe the merged MODEL folder to another program.

    ollama: writes a Modelfile (default: into MODEL) with the template, system prompt and stop
    tokens of the training; `ollama create NAME -f Modelfile` builds from it.
    """
    from rf_jsonl import FileError, read_text, write_text

    from rf_train.errors import TrainError

    if target == "gguf":
        raise TrainError(_NO_GGUF.format(folder=model))
    from rf_train.quiet import quiet_libraries

    quiet_libraries()
    from rf_train.merge.export_ollama import MODELFILE, modelfile

    path = out or model / MODELFILE
    click.echo(f"Describing {model} to Ollama in {path}")
    beside = "." if path.parent.resolve() == model.resolve() else str(model.resolve())
    text = modelfile(model, str(weights.resolve()) if weights is not None else beside)
    if path.is_file() and read_text(path) == text:
        click.echo("unchanged")
    elif path.exists() and not force:
        raise FileError(path, "holds something else (--force replaces it)")
    else:
        write_text(path, text)
    click.echo(text, nl=False)
