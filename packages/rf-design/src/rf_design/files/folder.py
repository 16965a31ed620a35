"""All files of a design in one folder, each complete before it is written."""

from pathlib import Path

from rf_jsonl import FileError, atomic_writer, locked_folder

from rf_design.core import Design, Filter
from rf_design.report import design_file

DESIGN_FILE = "design.json"
MEDIA_TYPES = {
    "filter.s2p": "application/octet-stream",
    "filter.cir": "text/plain; charset=utf-8",
    "bench.cir": "text/plain; charset=utf-8",
    "filter.sch": "text/plain; charset=utf-8",
    "bom.csv": "text/csv; charset=utf-8",
    "bom.json": "application/json",
    "schematic.svg": "image/svg+xml",
    "response.png": "image/png",
    "response.svg": "image/svg+xml",
    DESIGN_FILE: "application/json",
}
"""Every file that a design may have, with its media type."""


def write_folder(
    design: Design, folder: Path, *, plots: bool = True, force: bool = False
) -> list[str]:
    """Writes every file of the design to a folder; returns their names.

    Files of an earlier design in the folder are replaced, or removed if the new one lacks them.
    If the folder has files of these names but no design.json, nothing is written without `force`.
    Raises FileError.
    """
    contents = {DESIGN_FILE: design_file(design).encode()}
    if design.filter is not None:
        contents |= filter_files(design.filter, plots=plots)
    ours = (folder / DESIGN_FILE).exists()
    foreign = [name for name in contents if (folder / name).exists()]
    if foreign and not ours and not force:
        raise FileError(folder / foreign[0], "exists and is not of a design (--force replaces it)")
    with locked_folder(folder):
        for name in MEDIA_TYPES.keys() - contents.keys():
            if ours:
                (folder / name).unlink(missing_ok=True)
        for name, data in contents.items():
            with atomic_writer(folder / name) as file:
                file.write(data)
    return list(contents)


def filter_files(built: Filter, *, plots: bool = True) -> dict[str, bytes]:
    """The files of a filter by name; text files are ASCII with `\\n` line ends, except drawings."""
    from rf_design.files.bom import bom_csv, bom_json
    from rf_design.files.drawing import schematic_svg
    from rf_design.files.qucs import qucs_schematic
    from rf_design.files.spice import spice_bench, spice_subcircuit
    from rf_design.files.touchstone import touchstone

    texts = {
        "filter.s2p": touchstone(built),
        "filter.cir": spice_subcircuit(built),
        "bench.cir": spice_bench(built),
        "filter.sch": qucs_schematic(built),
        "bom.csv": bom_csv(built),
        "bom.json": bom_json(built),
    }
    files = {name: text.encode("ascii") for name, text in texts.items()}
    files["schematic.svg"] = schematic_svg(built.built)
    if plots:
        from rf_design.files.plots import response_plots

        files |= response_plots(built)
    return files
