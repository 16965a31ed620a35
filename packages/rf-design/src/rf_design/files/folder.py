"""All files of a design in one folder: made in memory first, so that none is left half."""

import json
from pathlib import Path

from rf_jsonl import FileError, atomic_writer, locked_folder

from rf_design.core import Design, Filter

DESIGN_FILE = "design.json"


def write_folder(
    design: Design, folder: Path, *, plots: bool = True, force: bool = False
) -> list[str]:
    """Writes every file that the design has to a folder; returns their names.

    Files of an earlier design there are replaced, and removed where the new one has none of the
    kind. A folder without our design.json that holds files of these names is left alone unless
    `force`. Raises FileError.
    """
    contents = {DESIGN_FILE: _json(design)}
    if design.filter is not None:
        contents |= filter_files(design.filter, plots=plots)
    ours = (folder / DESIGN_FILE).exists()
    foreign = [name for name in contents if (folder / name).exists()]
    if foreign and not ours and not force:
        raise FileError(folder / foreign[0], "exists and is not of a design (--force replaces it)")
    with locked_folder(folder):
        for name in _NAMES - contents.keys():
            if ours:
                (folder / name).unlink(missing_ok=True)
        for name, data in contents.items():
            with atomic_writer(folder / name) as file:
                file.write(data)
    return list(contents)


def filter_files(built: Filter, *, plots: bool = True) -> dict[str, bytes]:
    """The files of a filter by name; text in ASCII with plain line ends, but for the drawings."""
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


_NAMES = frozenset(
    {
        "filter.s2p", "filter.cir", "bench.cir", "filter.sch", "bom.csv", "bom.json",
        "schematic.svg", "response.png", "response.svg",
    }
)  # fmt: skip


def _json(design: Design) -> bytes:
    text = json.dumps(design.to_json(), ensure_ascii=False, allow_nan=False, indent=2)
    return (text + "\n").encode()
