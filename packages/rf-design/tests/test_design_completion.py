"""Values are completed by what the request prints beside them, and by nothing else."""

import pytest
from rf_design.reading.completion import completed
from rf_design.reading.evidence import supported, weigh
from rf_design.reading.labelled import with_labelled
from rf_design.reading.units import with_only_unit

TRAP = {"band": "trap", "f1": "80 MHz", "f2": "120 MHz", "ripple": "0.2 dB", "att": "30 dB"}


@pytest.mark.parametrize(
    ("copied", "said", "added"),
    [
        (  # the second end of a stop range
            {"band": "LPF", "edge": "30 MHz", "stop1": "55 MHz", "att": "40 dB"},
            "LPF to 30 MHz, 40 dB from 55 to 900 MHz",
            {"to1": "900 MHz"},
        ),
        (  # the first end, where another frequency was taken for it
            TRAP | {"stop1": "100 MHz", "to1": "102 MHz"},
            "a trap at 100 MHz: pass below 80 MHz and above 120 MHz, 30 dB over 98–102 MHz",
            {"stop1": "98 MHz"},
        ),
        (  # the range around the frequency that is trapped
            TRAP | {"stop1": "100 MHz"},
            "a trap at 100 MHz: pass below 80 MHz and above 120 MHz, 30 dB over 98 to 102 MHz",
            {"stop1": "98 MHz", "to1": "102 MHz"},
        ),
        (  # both pass bands of a band-stop
            {"band": "带阻", "f1": "DC", "f2": "80 MHz", "stop1": "95 MHz", "to1": "105 MHz"},
            "带阻：通带一 DC–80 MHz，通带二 130–500 MHz，阻带 95–105 MHz",
            {"f1": "80 MHz", "f2": "130 MHz"},
        ),
        (
            {"band": "带通", "center": "70 MHz", "width": "4 MHz"},
            "中心 70 MHz，通带边缘距中心各 4 MHz",
            {"width": "±4 MHz"},
        ),
        (
            {"band": "BPF", "center": "70 MHz", "width": "4 MHz"},
            "BPF around 70 MHz, flat for 4 MHz on either side",
            {"width": "±4 MHz"},
        ),
        (  # the centre copied twice
            {"band": "BPF", "center": "140 MHz", "width": "140 MHz", "ripple": "0.1 dB"},
            "140 MHz IF filter, passband 140±12 MHz, 0.1 dB",
            {"width": "±12 MHz"},
        ),
        (
            {"band": "带通", "center": "10.7 MHz", "ripple": "0.5 dB"},
            "带通 10.7 MHz +/- 150 kHz，波纹 0.5 dB",
            {"width": "±150 kHz"},
        ),
        (  # no unit of a frequency is printed behind 50 and 51
            {"band": "BPF", "f1": "50 k", "f2": "51 k", "stop1": "40 MHz"},
            "5 kW on 6 m: BPF 50-51, and 40 MHz must go",
            {"f1": "50", "f2": "51"},
        ),
        ({"multiple1": "三倍处就"}, "三倍处就要 40 dB", {"multiple1": "三倍"}),
        (  # four frequencies of a band-stop in rising order
            {
                "band": "bandstop",
                "f1": "1200 Hz",
                "f2": "2200 Hz",
                "stop1": "3100 Hz",
                "to1": "4 kHz",
            },
            "bandstop: pass below 1200 Hz, stop from 2200 Hz to 3100 Hz, pass above 4 kHz",
            {"f2": "4 kHz", "stop1": "2200 Hz", "to1": "3100 Hz"},
        ),
        (  # the only impedance, in words
            {"band": "HPF", "edge": "300 kHz", "order": "5"},
            "HPF, fifth order, 300 kHz, seventy five ohms please",
            {"z0": "seventy five ohms"},
        ),
        (
            {"edge": "54兆", "stop1": "34兆", "att": "55分贝"},
            "54兆起。34兆压55分贝。七十五欧。",
            {"z0": "七十五欧"},
        ),
        (
            {"edge": "1MHz", "order": "五"},
            "五阶低通，1MHz，信源内阻与负载均为600Ω",
            {"z0": "600Ω"},
        ),
        (  # the order, where there is no stop band
            {"family": "巴特沃斯", "edge": "35 kHz", "z0": "8 欧"},
            "8 欧 D 类功放的输出滤波，二阶巴特沃斯低通，-3dB 点放 35 kHz 就行",
            {"order": "二"},
        ),
        ({"band": "LPF", "edge": "4 GHz"}, "LPF 4 GHz, order 5", {"order": "5"}),
        (  # a correction in the same breath
            {"edge": "31 MHz", "stop1": "54 MHz", "att": "40 dB"},
            "cutoff 31 MHz，54 MHz 处 40 dB。啊不，改成 50 MHz 处 40 dB",
            {"stop1": "50 MHz"},
        ),
        (
            {"edge": "30 MHz", "stop1": "60 MHz", "att": "40 dB"},
            "30 MHz, 40 dB at 60 MHz, no wait, make that 55 MHz",
            {"stop1": "55 MHz"},
        ),
        (  # what is stopped inside of the pass band is stopped by the band-stop that is named
            {"band": "lowpass", "f1": "120 MHz", "f2": "150 MHz", "stop1": "125 MHz"}
            | {"to1": "144 MHz"},
            "Notch: remove 125 MHz to 144 MHz, keep what ends at 120 MHz and what begins at "
            "150 MHz; the tables only have the lowpass",
            {"band": "Notch"},
        ),
    ],
)
def test_what_belongs_together_is_taken_together(copied, said, added):
    assert completed(copied, said) == copied | added


def test_a_multiple_that_is_printed_in_megahertz_is_a_stop_frequency():
    call = {"edge": "7.1兆", "multiple1": "14", "att": "40dB"}
    said = "7.1兆以下通过，14兆那个二次谐波压40dB"
    assert completed(call, said) == {"edge": "7.1兆", "stop1": "14兆", "att": "40dB"}
    twice = {"edge": "7 MHz", "multiple1": "2", "att": "40 dB"}
    assert completed(twice, "40 dB at 2 fc, fc = 7 MHz, not the 2 MHz of before") == twice


def test_a_bandwidth_without_a_unit_has_that_of_the_centre():
    said = "f0=2.488，B=0.1401（频率单位 MHz）"
    read = {"center": "2.488 MHz", "fbw": "0.1401"}
    assert completed(read, said) == {"center": "2.488 MHz", "width": "0.1401 MHz"}
    assert completed(read, said.replace("B=", "FBW=")) == read


@pytest.mark.parametrize(
    ("copied", "said", "corrected"),
    [  # the unit behind a range is that of both ends
        ({"f1": "1.42 兆赫", "f2": "1.54 兆赫"}, "射频1.42到1.54吉赫",
         {"f1": "1.42 吉赫", "f2": "1.54 吉赫"}),
        ({"edge": "30 MHz"}, "30MHz, and 30 kHz steps", {"edge": "30 MHz"}),
        # pairs at @ belong together
        ({"f1": "2483 MHz", "f2": "2500 MHz", "stop1": "2460MHz", "att1": "30dB", "att3": "50dB"},
         "2483-2500 MHz, 30dB@2460MHz, 55dB@2400MHz, 50dB@2570MHz",
         {"f1": "2483 MHz", "f2": "2500 MHz", "stop1": "2460MHz", "att1": "30dB"}
         | {"stop2": "2400MHz", "att2": "55dB", "stop3": "2570MHz", "att3": "50dB"}),
        ({"edge": "10 MHz", "ripple": "1 dB", "stop1": "20 MHz", "att": "40 dB"},
         "1 dB@10 MHz, 40 dB@20 MHz",
         {"edge": "10 MHz", "ripple": "1 dB", "stop1": "20 MHz", "att": "40 dB"}),
        ({"f1": "2.4 GHz", "f2": "2.5 GHz", "stop1": "2.2GHz", "stop2": "2.7GHz", "att": "40dB"},
         "2.4-2.5 GHz, IL 1.5dB@2.45GHz, 40dB@2.2GHz, 40dB@2.7GHz",
         {"f1": "2.4 GHz", "f2": "2.5 GHz", "stop1": "2.2GHz", "att1": "40dB"}
         | {"stop2": "2.7GHz", "att2": "40dB"}),
        # the bound that is not zero is the ripple
        ({"edge": "5 kHz", "ripple": "0 dB", "att": "-45 dB"},
         "-1 dB <= |H| <= 0 dB to 5 kHz, -45 dB",
         {"edge": "5 kHz", "ripple": "1 dB", "att": "-45 dB"}),
        # rows of a list, one of them with a range
        ({"f1": "225 MHz", "f2": "400 MHz", "stop1": "150 MHz", "att1": "50 dB"}
         | {"stop2": "800 MHz", "to2": "1000 MHz", "att2": "40 dB"},
         "pass 225 to 400 MHz\n- 150 MHz: 50 dB\n- 520 MHz: 40 dB\n- 800 to 1000 MHz: 65 dB",
         {"f1": "225 MHz", "f2": "400 MHz", "stop1": "150 MHz", "att1": "50 dB"}
         | {"stop2": "520 MHz", "att2": "40 dB"}
         | {"stop3": "800 MHz", "to3": "1000 MHz", "att3": "65 dB"}),
        # half a width without its sign
        ({"center": "140 MHz", "width": "18 MHz", "offset1": "55 MHz", "att": "50 dB"},
         "f0 = 140 MHz, passband f0 +/- 18 MHz, 50 dB at f0 +/- 55 MHz",
         {"center": "140 MHz", "width": "±18 MHz", "offset1": "55 MHz", "att": "50 dB"}),
        # the edge copied as the stop, and the stop as the edge
        ({"band": "低通", "edge": "100kHz", "stop1": "100k", "att": "50dB"},
         "低通0到100kHz，100k处0.5dB，400k处要50dB",
         {"band": "低通", "edge": "100kHz", "stop1": "400k", "att": "50dB"}),
        ({"band": "低通", "edge": "460kHz", "stop1": "460kHz", "att": "50dB"},
         "460kHz要滤掉：低通，3dB点150kHz，460kHz至少下降50dB",
         {"band": "低通", "edge": "150kHz", "stop1": "460kHz", "att": "50dB"}),
        # a word in place of a unit, and the end of a range that has no beginning
        ({"band": "band-pass", "f1": "144 m", "f2": "148 m", "to2": "150 MHz"},
         "my 2 m receiver: 144 to 148, band-pass",
         {"band": "band-pass", "f1": "144", "f2": "148"}),
        # what a band-stop passes and what it stops, exchanged
        ({"band": "陷波", "f1": "10.4 MHz", "f2": "11 MHz", "stop1": "9.2 MHz"}
         | {"stop2": "12.4 MHz"},
         "陷波，3 dB 点 9.2 和 12.4 MHz，10.4 到 11 MHz 压下去",
         {"band": "陷波", "f1": "9.2 MHz", "f2": "12.4 MHz", "stop1": "10.4 MHz", "to1": "11 MHz"}),
        # both bounds of the pass band
        ({"edge": "5 kHz", "ripple": "0 dB", "edge_db": "-1 dB", "att": "-45 dB"},
         "-1 dB <= |H| <= 0 dB to 5 kHz, -45 dB",
         {"edge": "5 kHz", "ripple": "-1 dB", "att": "-45 dB"}),
        # a range whose upper end was copied twice
        ({"stop1": "400MHz", "to1": "400MHz"}, "390~400MHz", {"stop1": "390 MHz", "to1": "400MHz"}),
    ],
)  # fmt: skip
def test_what_is_printed_plainly_is_right(copied, said, corrected):
    assert completed(copied, said) == corrected


@pytest.mark.parametrize(
    ("said", "read"),
    [("cheb1ord(2*pi*3e6, 2*np.pi*5e6, gpass=0.25, gstop=55, analog=True)",
      {"family": "cheb1ord", "edge": "2*pi*3e6 rad/s", "stop1": "2*pi*5e6 rad/s",
       "ripple": "0.25 dB", "att": "55 dB"}),
     ("[n, Wn] = buttord([9e6 11e6], [7e6 13e6], 1, 30, 's')",
      {"family": "buttord", "f1": "9e6 rad/s", "f2": "11e6 rad/s", "stop1": "7e6 rad/s",
       "stop2": "13e6 rad/s", "ripple": "1 dB", "att": "30 dB"}),
     ("cheb1ord([7e6, 13e6], [9e6, 11e6], 1, 30, 's')",
      {"family": "cheb1ord", "f1": "7e6 rad/s", "f2": "13e6 rad/s", "stop1": "9e6 rad/s",
       "to1": "11e6 rad/s", "ripple": "1 dB", "att": "30 dB"}),
     # variables that are set before; a level that is only named
     ("wp = [2*pi*9e6, 2*pi*11e6]; ws=[2*pi*7e6, 2*pi*13e6]; [n,wn] = buttord(wp,ws,1,40,'s')",
      {"family": "buttord", "f1": "2*pi*9e6 rad/s", "f2": "2*pi*11e6 rad/s",
       "stop1": "2*pi*7e6 rad/s", "stop2": "2*pi*13e6 rad/s", "ripple": "1 dB", "att": "40 dB"}),
     ("cheb1ord(2*pi*5e6, 2*pi*9e6, gpass, 45, analog=True)",
      {"family": "cheb1ord", "edge": "2*pi*5e6 rad/s", "stop1": "2*pi*9e6 rad/s",
       "att": "45 dB"}),
     # a digital filter, names in place of numbers, too few arguments
     ("cheb1ord(0.2, 0.3, 1, 30)", {}), ("cheb1ord(wp, ws, 1, 30, 's')", {}),
     ("buttord(1e6, 30, 's')", {})],
)  # fmt: skip
def test_the_arguments_of_an_order_function_are_the_specification(said, read):
    assert completed({"z0": "75 ohm", "edge": "1 MHz"}, said) == (
        {"z0": "75 ohm"} | read if read else {"z0": "75 ohm", "edge": "1 MHz"}
    )


def test_an_order_function_that_is_only_named_stands_for_its_family():
    read = {"edge": "10.7e6", "ripple": "0.5"}
    assert completed(read, "用buttord算过: wp=10.7e6, gpass=0.5") == {"family": "buttord"} | read
    assert completed(read, "buttord or cheb1ord, whichever is lower") == read


def test_a_stopped_range_around_its_own_centre_keeps_that_centre():
    """The middle of what passes beside it is another one."""
    read = {"band": "带阻", "f1": "1450MHz", "f2": "1720MHz", "offset1": "±10MHz", "att": "40dB"}
    found = completed(read, "带阻，需抑制1575±10MHz，40dB；通带1450MHz以下及1720MHz以上")
    assert found == read | {"center": "1575 MHz"}
    assert completed(read, "带阻，离中心±10MHz处40dB；通带1450MHz以下及1720MHz以上") == read


def test_the_result_of_an_order_function_may_become_a_ladder():
    said = "N, Wn = cheb1ord(2*pi*3e6, 2*pi*5e6, 0.25, 55, 's'): {} between 100欧"
    asked = supported({"other": "cheb1ord"}, said.format("make that an LC ladder"))
    assert asked["family"] == "cheb1ord" and "other" not in asked
    assert asked["z0"] == "100欧"
    assert "other" not in supported({"other": "convert"}, said.format("convert it to a ladder"))
    explained = supported({"other": "cheb1ord"}, said.format("what does Wn mean"))
    assert explained == {"other": "cheb1ord"}


def test_a_spacing_is_no_duplexer():
    said = "400MHz 附近做 band-stop，通带 DC–370MHz 和 430MHz 以上，双工间隔10MHz"
    assert "other" not in supported({"band": "band-stop", "other": "双工"}, said)
    both = said.replace("双工间隔", "双工器隔离")
    assert supported({"band": "band-stop", "other": "双工器"}, both)["other"] == "双工器"


@pytest.mark.parametrize(
    "said",
    [
        "设计一个数字带通IIR滤波器，采样率48kHz，通带300～3400Hz",
        "微带平行耦合线带通，3.5GHz，带宽200MHz，请给出各节线宽、间距和长度",
        "SAW filter选型：1575.42MHz，哪家有stock",
    ],
)
def test_digital_filters_layouts_and_parts_are_other_tasks(said):
    assert "other" in supported({"band": "带通"}, said)


def test_an_anti_alias_filter_is_no_digital_one():
    said = "数字滤波器之前的抗混叠低通，无源，通带 20kHz"
    assert "other" not in supported({"band": "低通", "edge": "20kHz"}, said)


def test_a_particle_behind_a_frequency_is_left_out():
    assert completed({"f1": "430 吧", "f2": "440"}, "430 吧 到 440") == {"f1": "430", "f2": "440"}


@pytest.mark.parametrize(
    ("copied", "said", "ports"),
    [
        ({"z_source": "50 ohm", "z_load": "95 ohm"}, "Zo 50 ohm, ZH = 95 ohm", {"z0": "50 ohm"}),
        (  # neither is called a port's, but one is not
            {"z_source": "75 Ω", "z_load": "140 Ω"},
            "75 Ω ports, highest line impedance 140 Ω, narrowest 18 Ω",
            {"z0": "75 Ω"},
        ),
        ({"z0": "22 欧"}, "匹配到 100 欧，限流电阻 22 欧", {"z0": "100 欧"}),
        ({"z0": "22 ohms"}, "coil of 22 ohms", {}),
        ({}, "1 kilohm in, 1 kilohm out", {"z0": "1 kilohm"}),
        ({"z_source": "50 Ω", "z_load": "200 Ω"}, "50 Ω to 200 Ω", None),
        ({"z_source": "50", "z_load": "75 Ω"}, "terminated 50/75 Ω", None),
    ],
)
def test_an_impedance_of_a_line_or_coil_is_none_of_a_port(copied, said, ports):
    others = {"band": "LPF", "edge": "1 GHz", "stop1": "2 GHz", "att": "30 dB"}
    assert completed(others | copied, said) == others | (copied if ports is None else ports)


def test_a_stop_frequency_printed_as_a_distance_from_the_centre_is_one():
    copied = {"band": "BPF", "center": "10.7 MHz", "stop1": "500 kHz", "stop2": "11.5 MHz"}
    said = "BPF, f0 = 10.7 MHz, 30 dB down at f0 - 500 kHz, 40 dB at 11.5 MHz"
    found = completed(copied, said)
    assert found == {
        "band": "BPF",
        "center": "10.7 MHz",
        "offset1": "-500 kHz",
        "stop2": "11.5 MHz",
    }


@pytest.mark.parametrize(
    ("copied", "said"),
    [
        ({"band": "LPF", "edge": "1 MHz"}, "LPF 1 MHz, 50 ohm source, 75 ohm load"),
        ({"band": "低通", "edge": "1 MHz"}, "低通 1 MHz，接地电阻 4 欧"),
        (
            {"band": "LPF", "edge": "1 MHz", "stop1": "2 MHz", "att": "9 dB"},
            "LPF 1 MHz, 9 dB at 2 MHz; the third order harmonic is not ours",
        ),
        ({"band": "LPF", "edge": "1 MHz"}, "LPF 1 MHz, 3rd order or 5th order?"),
        ({"stop1": "60 MHz", "stop2": "80 MHz"}, "40 dB at 60 MHz, no, wait, that's 80 MHz too"),
        (  # the range is the pass band
            {"band": "BPF", "f1": "88 MHz", "f2": "108 MHz", "stop1": "70 MHz", "att": "30 dB"},
            "BPF 88-108 MHz, 30 dB at 70 MHz",
        ),
        (  # a range of something else
            {"band": "LPF", "edge": "30 MHz", "stop1": "60 MHz", "att": "40 dB"},
            "our 144-146 MHz radio needs an LPF: 30 MHz edge, 40 dB at 60 MHz",
        ),
        (  # the width is the whole width once
            {"band": "BPF", "center": "70 MHz", "width": "4 MHz"},
            "BPF at 70 MHz, 4 MHz wide; the neighbours on either side lie 10 MHz away",
        ),
        (  # the stop frequencies are printed around the centre
            {"band": "BPF", "center": "70 MHz", "width": "4 MHz", "att": "30 dB"},
            "BPF 70 MHz, 4 MHz wide, 30 dB at 70 ± 9 MHz",
        ),
        (
            {"band": "BPF", "center": "70 MHz", "offset1": "±9 MHz", "att": "30 dB"},
            "BPF, 30 dB at 70 ± 9 MHz",
        ),
        (  # the width is known already
            {"band": "BPF", "center": "70 MHz", "fbw": "10%", "att": "30 dB"},
            "BPF 70 MHz, 10% wide, 30 dB at 70 ± 18 MHz",
        ),
        ({"band": "BPF", "center": "ten megahertz"}, "BPF at ten megahertz"),
        ({"band": "带通", "center": "四百三十兆赫"}, "带通四百三十兆赫"),
        ({"band": "LPF", "edge": "144 k"}, "LPF to 144 k, 5 kW"),
        ({"band": "LPF", "edge": "1 MHz", "z0": "2 k"}, "LPF 1 MHz, 2 kohm"),
        ({"multiple1": "somewhere"}, "somewhere far out"),
        ({"other": "tunable", "stop1": "55 MHz"}, "tunable, 55 to 900 MHz"),
    ],
)
def test_nothing_else_is_added(copied, said):
    assert completed(copied, said) == copied


def test_a_filter_is_no_other_task():
    said = "The amplifier gets hammered by the transmitter next door, could you build an LC filter?"
    assert weigh({"other": "LC filter"}, said).unsupported == ("other",)
    assert supported({"other": "LC filter"}, said) == {}
    assert supported({"other": "digital filter"}, "a digital filter")["other"] == "digital filter"


@pytest.mark.parametrize(
    ("copied", "said", "expected"),
    [({"f1": "26.9 MHz", "f2": "27.5 MHz"},
      "band stop please, it should take out CB, 26.9 to 27.5 MHz, by 40 dB",
      {"stop1": "26.9 MHz", "to1": "27.5 MHz"}),
     ({"f1": "26 MHz", "f2": "28 MHz"}, "band stop, passes below 26 and above 28 MHz, 40 dB",
      {"f1": "26 MHz", "f2": "28 MHz"}),
     ({"f1": "2300 MHz", "f2": "2600 MHz", "stop1": "2450 MHz"},
      "BSF，单位MHz：通带边2300/2600，阻带2450±10，40dB",
      {"f1": "2300 MHz", "f2": "2600 MHz", "offset1": "±10 MHz"}),
     ({"f1": "2300 MHz", "f2": "2600 MHz", "offset1": "2450 MHz"},
      "BSF：通带边2300/2600 MHz，阻带2450±10 MHz，40dB",
      {"f1": "2300 MHz", "f2": "2600 MHz", "offset1": "±10 MHz"}),
     ({"f1": "2300 MHz", "f2": "2600 MHz", "stop1": "2400 MHz"},
      "band stop: 2300 and 2600 MHz, stop 2400±10 MHz, 40 dB",
      {"f1": "2300 MHz", "f2": "2600 MHz", "stop1": "2400 MHz"})],
)  # fmt: skip
def test_what_a_band_stop_takes_out_is_its_stop_band(copied, said, expected):
    """A range it is to remove, and a distance from its middle; not one from somewhere else."""
    beside = {"band": "band stop", "att": "40 dB"}
    assert completed(beside | copied, said) == beside | expected


@pytest.mark.parametrize(
    ("copied", "said", "expected"),
    [({"edge": "7 MHz"}, "lpf for 7 MHz tx, cutoff 8, 45 dB at 14 MHz", {"edge": "8 MHz"}),
     ({"edge": "7 MHz"}, "7兆发射机用低通，截止频率为8MHz，14MHz处45dB", {"edge": "8MHz"}),
     # it is used already, or there are two
     ({"edge": "7 MHz"}, "lpf, cutoff 7 MHz, for 8 MHz tx", {"edge": "7 MHz"}),
     ({"edge": "7 MHz"}, "cutoff 8 MHz in the old one, now cutoff 9 MHz", {"edge": "7 MHz"}),
     # an order that counts something else, and one that counts this filter's parts
     ({"order": "六"}, "六米波段的七阶切比雪夫低通", {"order": "七"}),
     ({"order": "5"}, "5 sections as in the 7th order prototype", {"order": "5"}),
     # the pass bands of a band-stop
     ({"band": "带阻", "f1": "DC", "f2": "125M"}, "带阻，通带DC到75M和125M以上",
      {"band": "带阻", "f1": "75M", "f2": "125M"}),
     # ends of ranges without a unit
     ({"stop1": "88"}, "notch out 88-108, keep below 80 and above 118",
      {"stop1": "88", "to1": "108"}),
     ({"stop1": "88"}, "keep 80-118, 40 dB at 88", {"stop1": "88"})],
)  # fmt: skip
def test_labelled_edges_and_bare_ranges_are_copied(copied, said, expected):
    assert completed(copied, said) == expected


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("30 up to 50, stop 80 (all in MHz)", " MHz"),
        ("30→50→0.04\n80→44\n（M→dB）", " M"),
        ("进：30 50　不进：80　都是M，不进的25dB", " M"),
        ("频率按兆赫填：30、50、80", " 兆赫"),
        ("30 to 50, stop 80, 5 m of cable", ""),  # metres
        ("30 to 50, stop 80, in kHz or MHz?", ""),  # which of the two?
    ],
)
def test_a_unit_that_is_printed_apart_belongs_to_all_frequencies(said, unit):
    """Only where the request prints a single one, and the model copied none."""
    copied = {"f1": "30", "f2": "50", "stop1": "80"}
    assert with_only_unit(copied, said) == {key: text + unit for key, text in copied.items()}
    inherited = copied | {"f2": "50 kHz"}  # the others take this one
    assert with_only_unit(inherited, said) == inherited


def test_a_number_in_hertz_needs_no_unit():
    assert with_only_unit({"edge": "1.2e6"}, "fc=1.2e6 (not in MHz)") == {"edge": "1.2e6"}


@pytest.mark.parametrize(
    ("said", "added"),
    [
        ("bandpass, 140M center, 9M wide, 0.5 ripple, 46 dB at ±10.8M", {"ripple": "0.5"}),
        ("带通，中心 140M，宽 9M，波纹取 0.2 dB", {"ripple": "0.2 dB"}),
        ("中心 140M，宽 9M，电源纹波 3 mV", {}),  # of a voltage
        ("140M center, 9M wide, ripple 0.1 dB, or 0.2 dB ripple", {}),  # which of the two?
        ("140M center, 9M wide, ripple 20 dB", {}),  # no ripple is that large
        ("140M center, 9M wide. The previous one had 0.5 dB ripple.", {}),  # of another filter
    ],
)
def test_a_labelled_ripple_is_not_left_out(said, added):
    copied = {"center": "140M", "width": "9M"}
    assert with_labelled(copied, said) == copied | added
    matched = copied | {"return_loss": "20 dB"}  # states the ripple already
    assert with_labelled(matched, said) == matched


def test_a_loaded_q_is_that_of_the_filter():
    copied = {"center": "26.7MHz", "ripple": "0.2dB"}
    assert with_labelled(copied, "f0 26.7MHz，Q 大约 20") == copied | {"q": "20"}
    assert with_labelled(copied, "f0 26.7MHz，线圈 Q 大约 20") == copied
    assert with_labelled(copied, "f0 26.7MHz, unloaded Q of 20") == copied


@pytest.mark.parametrize("words", ["JSON返回", "as JSON", "表格输出"])
def test_the_form_of_the_answer_is_no_other_task(words):
    complete = {"band": "低通", "edge": "26 MHz", "ripple": "0.1 dB", "stop1": "52 MHz"}
    complete |= {"att": "40 dB"}
    said = f"低通，26 MHz，0.1 dB，52 MHz 处 40 dB，{words}"
    assert supported(complete | {"other": words}, said) == complete


@pytest.mark.parametrize(
    ("copied", "said", "changed"),
    [
        (  # the upper edge is never said first
            {"band": "带通", "f1": "三百兆赫", "f2": "二十兆赫"},
            "带通，三百兆赫，二十兆赫",
            {"band": "带通", "center": "三百兆赫", "width": "二十兆赫"},
        ),
        (  # a wide pass band
            {"band": "带通", "f1": "300 MHz", "f2": "200 MHz"},
            "带通，300 MHz、200 MHz",
            {"band": "带通", "f1": "300 MHz", "f2": "200 MHz"},
        ),
        (
            {"band": "low-pass", "edge": "42 MHz", "att": "40 dB", "transition": "51 MHz"},
            "low-pass，passband 到 42 MHz，51 MHz 起 forward band，isolation 要 40 dB",
            {"band": "low-pass", "edge": "42 MHz", "att": "40 dB", "stop1": "51 MHz"},
        ),
        (
            {"band": "low-pass", "edge": "42 MHz", "att": "40 dB", "transition": "51 MHz"},
            "low-pass to 42 MHz, 40 dB after a transition of 51 MHz",
            {"band": "low-pass", "edge": "42 MHz", "att": "40 dB", "transition": "51 MHz"},
        ),
        (
            {"band": "high pass", "edge": "6 GHz", "stop1": "DC", "to1": "1.3 GHz"},
            "high pass: VSWR 2:1 from 2 to 6 GHz, 54 dB between DC and 1.3 GHz",
            {"band": "high pass", "edge": "2 GHz", "stop1": "DC", "to1": "1.3 GHz"},
        ),
        (
            {"band": "Low pass", "edge": "1.8 MHz", "stop1": "54 MHz", "att": "45 dB"},
            "Low pass, must pass 1.8 to 30 MHz, 45 dB at 54 MHz",
            {"band": "Low pass", "edge": "30 MHz", "stop1": "54 MHz", "att": "45 dB"},
        ),
    ],
)
def test_what_bounds_the_pass_band(copied, said, changed):
    assert completed(copied, said) == changed


def test_words_that_hold_no_frequency_are_no_stop_frequency():
    """The rest is a request, whose stop frequency is asked for."""
    copied = {"band": "低通", "edge": "1 GHz", "ripple": "0.2 dB", "att": "19 dB"}
    said = "根据院里关于预研的部署，低通 1 GHz，0.2 dB，衰减 19 dB"
    assert supported(copied | {"stop1": "关于预研"}, said) == copied


@pytest.mark.parametrize("more", [{"family": "V(out)"}, {"other": "M dB"}, {"other": ".param f0"}])
def test_code_and_units_are_neither_family_nor_task(more):
    said = "V(out): .param f0 low-pass 10, 20/40, M dB"
    copied = {"band": "low-pass", "edge": "10 M", "stop1": "20 M", "att": "40 dB"}
    assert supported(copied | more, said) == copied


@pytest.mark.parametrize(
    ("copied", "said", "changed"),
    [
        (  # a distance from the centre, not the pass band
            {"band": "带阻", "center": "1575MHz", "width": "±10MHz", "ripple": "0.3dB"},
            "LC带阻:需抑制1575MHz±10MHz,深度30dB,纹波0.3dB",
            {"band": "带阻", "center": "1575MHz", "offset1": "±10MHz", "ripple": "0.3dB"},
        ),
        (
            {"band": "bandstop", "f1": "144 MHz", "f2": "146MHz", "edge_db": "-3dB"},
            "bandstop: 中间144到146MHz要reject 30dB, -3dB的两个edge我还没定",
            {"band": "bandstop", "stop1": "144 MHz", "to1": "146MHz", "edge_db": "-3dB"},
        ),
        (  # the width between the stop points
            {"center": "30MHz", "width": "4MHz", "edge_db": "3dB", "transition": "12MHz"},
            "f0=30MHz,3dB 带宽 4MHz,40dB 带宽不大于 12MHz",
            {"center": "30MHz", "width": "4MHz", "edge_db": "3dB", "att": "40dB",
             "offset1": "±6 MHz"},
        ),
        (  # not that far from the centre
            {"center": "4GHz", "width": "200MHz", "offset1": "500MHz", "att": "40dB"},
            "cf 4GHz，BW 200MHz，40dB 带宽 500MHz",
            {"center": "4GHz", "width": "200MHz", "offset1": "±250 MHz", "att": "40dB"},
        ),
        (  # said apart
            {"center": "4GHz", "width": "200MHz", "stop1": "4.4GHz", "att": "40dB"},
            "cf 4GHz，BW 200MHz，40dB 带宽 500MHz，4.4GHz 要 40dB",
            {"center": "4GHz", "width": "200MHz", "stop1": "4.4GHz", "att": "40dB"},
        ),
        (  # several of them
            {"center": "140 MHz", "width": "30 MHz", "stop1": "70 MHz", "att1": "30 dB",
             "stop2": "110 MHz", "att2": "50 dB"},
            "f0 = 140 MHz, BW(0.1 dB) = 30 MHz, BW(30 dB) = 70 MHz, BW(50 dB) = 110 MHz",
            {"center": "140 MHz", "width": "30 MHz", "offset1": "±35 MHz", "att1": "30 dB",
             "offset2": "±55 MHz", "att2": "50 dB"},
        ),
        (  # of a band-stop it is the narrower one
            {"band": "band-stop", "center": "162 MHz", "width": "30 MHz", "offset1": "5 MHz"},
            "band-stop, centre 162 MHz, 3 dB bandwidth 30 MHz, 40 dB bandwidth 5 MHz",
            {"band": "band-stop", "center": "162 MHz", "width": "30 MHz", "att": "40 dB",
             "offset1": "±2.5 MHz"},
        ),
        (
            {"family": "buttord", "band": "lowpass", "edge": "3.4e3 Hz", "ripple": "1 dB"},
            "LC ladder, lowpass: buttord(3.4e3, 10e3, 1, 30) with the frequencies in Hz",
            {"family": "buttord", "ripple": "1 dB", "att": "30 dB", "edge": "3.4e3 Hz",
             "stop1": "10e3 Hz"},
        ),
    ],
)  # fmt: skip
def test_stop_bands_in_unusual_words(copied, said, changed):
    assert completed(copied, said) == changed


@pytest.mark.parametrize(
    "said",
    [
        "平行耦合微带带通，中心 5.8 GHz，帮我把各节的线宽、间距和长度算出来",
        "谐振器间距怎么定？带通 5.8 GHz",
        "BPF at 5.8 GHz. How do I turn that into a microstrip layout in KiCad?",
        "8 个 5.8 MHz 的 crystal,想做 ladder filter,C 取多少?",
    ],
)
def test_layouts_and_crystals_are_other_tasks(said):
    assert "other" in supported({"center": "5.8 GHz"}, said)


def test_a_width_of_a_line_beside_a_design_is_no_task():
    said = "微带间距不小于4倍线宽，带通中心 5.8 GHz"
    assert "other" not in supported({"center": "5.8 GHz"}, said)
