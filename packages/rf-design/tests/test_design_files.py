"""The files: each is opened by the program that it is for, or read back by an independent one."""

import csv
import io
import json
import re
import shutil
import subprocess
from xml.etree import ElementTree

import numpy as np
import pytest
import skrf
from rf_design import Options, design
from rf_design.errors import DesignError
from rf_design.files import write_folder
from rf_design.files.folder import filter_files
from rf_design.files.nodes import placed_parts
from rf_design.response.loss import loss_db
from rf_design.response.mask import stop_areas
from rf_design.response.scattering import scattering
from rf_jsonl import FileError

CALLS = {
    "lowpass": {"band": "LPF", "edge": "30 MHz", "ripple": "0.5 dB", "stop1": "45 MHz",
                "att": "50 dB"},
    "highpass": {"band": "HPF", "edge": "14 MHz", "ripple": "0.1 dB", "stop1": "7 MHz",
                 "att": "40 dB"},
    "bandpass": {"center": "70MHz", "width": "18MHz", "ripple": "0.1dB", "offset1": "±25 MHz",
                 "att": "40dB"},
    "bandstop": {"band": "bandstop", "f1": "80MHz", "f2": "120MHz", "ripple": "0.5dB",
                 "stop1": "95MHz", "stop2": "105MHz", "att": "40dB"},
}  # fmt: skip

NGSPICE = shutil.which("ngspice")
needs_ngspice = pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")


def built(band, **options):
    return design(CALLS[band], Options(**options)).filter


@needs_ngspice
@pytest.mark.parametrize("band", CALLS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"topology": "tee", "order": 5},
        {"e_series": 24, "q_l": 80.0, "q_c": 300.0},
        {"order": 1},
    ],
    ids=["exact", "tee-5", "E24-lossy", "one-resonator"],
)
def test_ngspice_finds_the_same_loss_in_the_netlist(tmp_path, band, options):
    found = built(band, **options)
    for name, data in filter_files(found, plots=False).items():
        (tmp_path / name).write_bytes(data)
    run = subprocess.run(
        [NGSPICE, "-b", "bench.cir"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    measured = [float(x) for x in re.findall(r"^loss_db = (\S+)", run.stdout, re.MULTILINE)]
    asked = np.array([*found.spec.edges_hz, *(p.f_hz for p in found.spec.stop_points)])
    quality = None if found.quality.lossless else found.quality
    assert measured == pytest.approx(loss_db(found.built, asked, quality).tolist(), abs=1e-6)
    assert "error" not in (run.stdout + run.stderr).lower()


@needs_ngspice
def test_ngspice_sweeps_both_parameters(tmp_path):
    found = built("bandpass", order=5)
    files = filter_files(found, plots=False)
    bench = (
        files["bench.cir"]
        .decode()
        .replace("print vecmax", "wrdata sweep.txt s21_db s11_db\nprint vecmax")
    )
    (tmp_path / "bench.cir").write_text(bench)
    (tmp_path / "filter.cir").write_bytes(files["filter.cir"])
    subprocess.run([NGSPICE, "-b", "bench.cir"], cwd=tmp_path, capture_output=True, check=True)
    columns = np.loadtxt(tmp_path / "sweep.txt")
    s = scattering(found.ladder, columns[:, 0])
    assert columns[:, 1] == pytest.approx(20 * np.log10(np.abs(s.s21)), abs=1e-5)
    matched = 20 * np.log10(np.abs(s.s11))
    visible = matched > -60  # deeper, the simulator's rounding of s11 shows
    assert columns[visible, 3] == pytest.approx(matched[visible], abs=1e-4)


@pytest.mark.parametrize("band", CALLS)
def test_scikit_rf_reads_the_touchstone_file(tmp_path, band):
    found = built(band, order=5)
    (tmp_path / "filter.s2p").write_bytes(filter_files(found, plots=False)["filter.s2p"])
    network = skrf.Network(str(tmp_path / "filter.s2p"))
    s = scattering(found.ladder, network.f)
    assert network.s[:, 1, 0] == pytest.approx(s.s21, abs=1e-11)
    assert network.s[:, 0, 0] == pytest.approx(s.s11, abs=1e-11)
    assert set(found.spec.edges_hz) <= set(network.f)
    assert network.is_reciprocal() and network.is_lossless(tol=1e-6)


def test_an_even_order_is_renormalised_and_the_file_says_so(tmp_path):
    found = built("lowpass")
    assert found.order == 8
    text = filter_files(found, plots=False)["filter.s2p"].decode()
    assert f"! Designed for a load of {found.ladder.load_ohm:.10g} ohm." in text
    assert "# Hz S RI R 50" in text
    (tmp_path / "even.s2p").write_text(text)
    network = skrf.Network(str(tmp_path / "even.s2p"))
    network.renormalize([50, found.ladder.load_ohm])
    loss = -20 * np.log10(np.abs(network.s[:, 1, 0]))
    assert loss == pytest.approx(loss_db(found.ladder, network.f), abs=1e-8)


def nets_of(schematic):
    """Pins of every part by net, from the geometry of a schematic alone."""
    wires = [tuple(map(int, line)) for line in re.findall(
        r"^  <(\d+) (\d+) (\d+) (\d+) \"\" 0 0 0 \"\">$", schematic, re.MULTILINE)]  # fmt: skip
    place = {}

    def top(point):
        while place.setdefault(point, point) != point:
            point = place[point]
        return point

    for x1, y1, x2, y2 in wires:
        assert x1 == x2 or y1 == y2
        place[top((x1, y1))] = top((x2, y2))
    parts = {}
    pattern = r"^  <(\w+) (\S+) 1 (\d+) (\d+) \S+ \S+ 0 (\d)"
    for kind, name, x, y, turned in re.findall(pattern, schematic, re.MULTILINE):
        x, y = int(x), int(y)
        if kind == "GND":
            place[top((x, y))] = top("ground")
        elif kind in ("L", "C", "Pac"):
            ends = [(x, y - 30), (x, y + 30)] if turned == "1" else [(x - 30, y), (x + 30, y)]
            parts[name] = ends
    return {name: tuple(top(end) for end in ends) for name, ends in parts.items()}


@pytest.mark.parametrize("band", CALLS)
@pytest.mark.parametrize("topology", ["pi", "tee"])
def test_the_qucs_schematic_connects_what_the_netlist_connects(band, topology):
    found = built(band, topology=topology, order=5)
    nets = nets_of(filter_files(found, plots=False)["filter.sch"].decode())
    names = {}  # net of the schematic -> node of the netlist
    placed = {p.part.name: (p.start, p.end) for p in placed_parts(found.ladder)}
    placed |= {"P1": ("in", "0"), "P2": ("out", "0")}
    assert nets.keys() == placed.keys()
    for name, ends in placed.items():
        for net, node in zip(nets[name], ends, strict=True):
            assert names.setdefault(net, node) == node, name
    assert len(set(names.values())) == len(names)


def test_files_for_other_programs_are_ascii_without_surprising_prefixes():
    files = filter_files(built("bandpass", e_series=24), plots=False)
    for name in ("filter.s2p", "filter.cir", "bench.cir", "filter.sch", "bom.csv", "bom.json"):
        files[name].decode("ascii")
    for line in files["filter.cir"].decode().splitlines():
        if line[0] in "LC":
            assert re.fullmatch(r"[LC]\d+ \S+ \S+ \d\.\d{15}e[-+]\d+", line), line


def test_the_bill_of_materials_lists_every_part_with_both_values():
    found = built("bandpass", e_series=24)
    files = filter_files(found, plots=False)
    rows = list(csv.DictReader(io.StringIO(files["bom.csv"].decode())))
    assert [row["name"] for row in rows] == [part.name for part in found.ladder.elements()]
    assert [float(row["value"]) for row in rows] == list(found.built.values)
    assert [float(row["exact_value"]) for row in rows] == list(found.ladder.values)
    assert json.loads(files["bom.json"])["series"] == "E24"


@pytest.mark.parametrize("band", CALLS)
def test_the_drawing_shows_every_part_by_name(band):
    found = built(band)
    root = ElementTree.fromstring(filter_files(found, plots=False)["schematic.svg"])
    text = " ".join(root.itertext())
    for part in found.ladder.elements():
        assert part.name in text


def test_plots_are_images_and_the_same_bytes_every_time():
    found = built("bandstop", e_series=12, q_l=50.0)
    one, two = (filter_files(found) for _ in range(2))
    assert one["response.png"].startswith(b"\x89PNG")
    ElementTree.fromstring(one["response.svg"])
    assert one == two


def test_the_mask_forbids_what_lies_beyond_a_stop_point():
    assert stop_areas(built("lowpass").spec, (1e5, 1e8)) == [(45e6, 1e8, 50.0)]
    assert stop_areas(built("highpass").spec, (1e5, 1e8)) == [(1e5, 7e6, 40.0)]
    low, high = stop_areas(built("bandpass").spec, (1e5, 1e9))
    assert (low, high) == ((1e5, 45e6, 40.0), (95e6, 1e9, 40.0))


def test_a_folder_holds_everything_and_is_replaced_by_the_next_design(tmp_path):
    first = write_folder(design(CALLS["lowpass"]), tmp_path / "out")
    assert set(first) == {p.name for p in (tmp_path / "out").iterdir()} - {".rf-lock"}
    write_folder(design({"band": "LPF"}), tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"design.json", ".rf-lock"}


def test_files_that_are_of_no_design_are_left_alone(tmp_path):
    (tmp_path / "filter.s2p").write_text("measured")
    with pytest.raises(FileError, match="is not of a design"):
        write_folder(design(CALLS["lowpass"]), tmp_path, plots=False)
    assert (tmp_path / "filter.s2p").read_text() == "measured"
    write_folder(design(CALLS["lowpass"]), tmp_path, plots=False, force=True)
    assert "Touchstone" not in (tmp_path / "filter.s2p").read_text()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError) as caught:
        write_folder(design(CALLS["lowpass"]), tmp_path / "file" / "out", plots=False)
    assert "\n" not in str(caught.value)


def test_options_out_of_range_are_refused():
    for wrong in ({"order": 0}, {"order": 101}, {"e_series": 48}, {"q_l": 0}, {"tolerance": 1.5}):
        with pytest.raises(DesignError, match="expected"):
            Options(**wrong)
