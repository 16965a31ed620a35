"""Loads the slotted texts of all voices, and selects those of a split.

A voice is one file, `language/requests/<lang>/<voice>.jsonl`: texts written by one person with
their own habits. Whole voices are held out: test_ood and val each have voices that no other split
has, so that settings tuned on val are tuned on people that the model has not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from rf_jsonl import loads

from rf_synth.requests.slots import Slot, SlotError, parse
from rf_synth.requests.stated import Stated, stated

LANGS = ("zh", "en", "mix")
_ALWAYS_HELD_OUT = frozenset(
    [
        "zh/purchase",
        "zh/ifstrip",
        "zh/telegram",
        "en/ham",
        "en/longmail",
        "en/instrument",
        "mix/fab",
        "en/dictation",
        "mix/spreadsheet",
        "zh/exam",
        "zh/audio_sonar",
        "en/slack",
        "en/nmr",
        "mix/japanese_brand",
        "zh/drone_video",
        "zh/rectification",
        "zh/video_comment",
        "en/broadcast",
        "en/iot",
        "en/patent",
        "mix/bench_log",
        "mix/phd_mail",
        "zh/quiz_bank",
        "zh/tower_amp",
        "zh/audiophile",
        "en/compliance",
        "en/crossover",
        "en/das_installer",
        "mix/malaysia",
        "mix/slides",
        "mix/broker",
        "zh/review_reply",
        "en/voice_memo",
        "mix/intl_project_mail",
        "zh/everyday11",
        "zh/everyday9",
        "en/everyday11",
        "mix/everyday11",
        "mix/everyday5",
        "mix/student_mix",
        "en/maker_discord",
        "zh/postdoc_notes",
        "zh/ship_power_sonar",
        "en/long_story",
        "en/hf_contest_station",
        "en/lab_tech_note",
        "en/short_en",
        "mix/edges_levels_mix",
        "mix/short_mix",
        "zh/edges_levels_zh",
        "zh/ee_tutor",
        "zh/exam_paper_zh",
        "zh/forum_help_zh",
        "zh/half_said_zh",
        "zh/magazine_letters",
        "zh/night_shift_zh",
        "zh/out_plus_zh",
    ]
)
"""Voices of test_ood for good, about 14 % of all."""
UNREAD = frozenset(
    ["en/audio_hobby_en", "en/chatbot_terse", "en/claims_en", "en/coil_winder",
     "en/decoy_reports_en", "en/dialogue_vague_en", "en/edges_levels_en", "en/everyday13",
     "en/everyday14", "en/everyday15", "en/exam_paper_en", "en/gap_plus_en", "en/half_said_en",
     "en/idiom_en", "en/list_own_en", "en/metrology_en", "en/notch_en", "en/ocr_scan_en",
     "en/old_letter", "en/optics_driver", "en/out_plus_en", "en/particle_accel", "en/pilot_line",
     "en/procurement_portal", "en/qrp_club", "en/satcom_ops", "en/side_tasks_en",
     "en/sim_bench_en", "en/star_fix_en", "en/startup_cto", "en/term_en", "en/tv_repair_en",
     "en/unit_heads_en", "mix/antenna_range_mix", "mix/claims_mix", "mix/decoy_mix",
     "mix/dialogue_vague_mix", "mix/everyday13", "mix/everyday14", "mix/everyday15",
     "mix/exam_paper_mix", "mix/gap_plus_mix", "mix/half_said_mix", "mix/idiom_mix",
     "mix/list_own_mix", "mix/maintenance_mix", "mix/notch_mix", "mix/out_plus_mix",
     "mix/overseas_fae_mix", "mix/side_tasks_mix", "mix/sim_bench_mix", "mix/star_fix_mix",
     "mix/term_mix", "mix/unit_heads_mix", "zh/broadcast_tower_zh", "zh/cavity_shop_zh",
     "zh/claims_zh", "zh/decoy_reports_zh", "zh/dialogue_vague_zh", "zh/ev_charger_zh",
     "zh/everyday13", "zh/everyday14", "zh/everyday15", "zh/gap_plus_zh", "zh/idiom_zh",
     "zh/list_own_zh", "zh/metrology_zh", "zh/mri_coil_zh", "zh/notch_zh", "zh/ocr_scan_zh",
     "zh/power_electronics_zh", "zh/radar_institute_zh", "zh/retired_engineer", "zh/short_zh",
     "zh/side_tasks_zh", "zh/sim_bench_zh", "zh/star_fix_zh", "zh/student_contest_zh",
     "zh/term_zh", "zh/underwater_zh", "zh/unit_heads_zh", "zh/wireless_startup_zh"]
)  # fmt: skip
"""Voices written after the shipped model was trained. The next training may read them; until then
they test it, and belong to test_ood."""
HELD_OUT = _ALWAYS_HELD_OUT | UNREAD
"""The voices of test_ood."""
VALIDATION = frozenset(
    ["zh/longmail", "en/ifstrip", "mix/chatmix", "zh/interview", "en/qa_site", "zh/hf_radio",
     "en/ltspice", "en/everyday9", "mix/everyday9"]
)  # fmt: skip
"""The voices of val."""
_PROGRAM = frozenset(
    ["ads", "ate_program", "code_comment", "codemix", "config_comments", "customer_table",
     "issue_mix", "mask", "matlab", "notebook", "published", "publishedmix", "python",
     "sheet_cols", "spreadsheet", "tablemix", "tablemix2", "test_script"]
)  # fmt: skip
_SPEECH = frozenset(
    ["dictation", "relay", "spoken", "voice_input", "voice_memo", "voice_mix", "wechat_voice"]
)
_PAPERS = frozenset(
    ["avionics", "compliance", "consultant", "datasheet", "defense_sow", "design_institute",
     "exam", "exam_paper_en", "exam_paper_mix", "exam_paper_zh", "formal_letter", "lab_prose",
     "military", "old_letter", "paper_abstract", "patent", "professor", "radar",
     "radar_institute_zh", "standard_clause", "standards_text", "subcontractor", "tender",
     "test_report", "textbook"]
)  # fmt: skip
"""Voices that write formal documents, with correctly written units."""
_EVERYDAY = frozenset(f"everyday{number}" for number in range(1, 16))
"""Voices of many people each, who typed what they needed on an ordinary day."""
_CASUAL_HABITS = (
    "dialogue_vague", "gap_plus", "half_said", "idiom", "notch", "short", "side_tasks", "star_fix",
)  # fmt: skip
"""Habits of three voices each, one of every language."""
_CASUAL = frozenset(
    ["base_station_field", "bench_log", "broker", "chat", "chatmix", "correction_chat", "drone_fpv",
     "export_quote", "foreign_firm", "forum", "forummix", "gig_post", "helpdesk_mix", "hk_engineer",
     "hobby", "intern", "layman_maker", "malaysia", "manager", "oldtimer", "one_breath", "overseas",
     "overseas_student", "phd_group_meeting", "phd_mail", "purchase", "rd_standup", "repair_tech",
     "repeater", "sales_forward", "sdr", "singapore", "slack", "slides", "sms", "spoken", "startup",
     "translated", "vlog_notes", "voice_memo", "weather_sat", "rail_radio", "repair_shop",
     "newhand", "shop_service", "old_forum_reply", "old_engineer", "audio_ultra", "wechat_voice",
     "handset", "wifi_router", "iot", "small_cell", "ham", "rfid", "cable_tv", "antenna_engineer",
     "powerline", "device_asks", "automotive", "tower_amp", "broadcast", "team_lead", "satellite",
     "agent_broker", "audiophile_diy", "bench_debug", "corrections", "dialogue_slow",
     "drone_fpv_zh", "ec_inquiry", "emails_short", "forgets", "forgets_zh",
     "hk_macau", "hobby_amp_radio", "incomplete_mix", "installer", "lab_wechat_group",
     "leader_relay", "maker_discord", "phd_slack", "quick_asks", "student_mix", "terse_lines",
     "voice_input", "voice_mix", "wechat_work", "night_shift_zh", "wireless_startup_zh",
     "forum_help_zh", "coil_winder", "lab_tech_note", "startup_cto", "qrp_club", "chatbot_terse",
     "tv_repair_en", "overseas_fae_mix", "maintenance_mix", "magazine_letters", "cavity_shop_zh",
     "ee_tutor", "hf_contest_station", "audio_hobby_en", "student_contest_zh", "satcom_ops",
     *(f"{habit}_{lang}" for habit in _CASUAL_HABITS for lang in LANGS), *_EVERYDAY]
)  # fmt: skip
"""Voices that give few digits, as in a chat."""
FIELDS = frozenset(
    ["text", "band", "kind", "missing", "freq", "width_percent", "att", "z0", "order", "twist",
     "order_of_stops"]
)  # fmt: skip
SHARED_FROM = 2
"""Requests with more drawn numbers than this are practically never identical."""
BANDS = ("lowpass", "highpass", "bandpass", "bandstop")
_MISSING = frozenset(
    ["filter_band", "ripple_db", "fc", "fs", "f_center", "bandwidth", "fs_lower", "fs_upper",
     "La_target"]
)  # fmt: skip


class VoiceError(ValueError):
    """A line of a voice's file is invalid; the message is the reason."""


@dataclass(frozen=True)
class Request:
    """One slotted request.

    `turns` are the user's turns; `kind`, the expected outcome, is full, gap or outside; `missing`
    the published keys to ask for in the end; `frequency` the plausible range in Hz.
    """

    id: str
    lang: str
    voice: str
    turns: tuple[tuple[Slot, ...], ...]
    kind: str
    band: str | None
    missing: tuple[str, ...] = ()
    frequency: tuple[float, float] = (1e6, 1e9)
    width_percent: tuple[float, float] = (2.0, 30.0)
    attenuation: tuple[float, float] = (15.0, 85.0)
    impedances: tuple[float, ...] = ()
    order: tuple[int, int] = (3, 9)
    twist: str = ""
    falling: bool = False
    upper: Mapping[int, bool] = field(default_factory=dict)
    """Sides of stop points, if known: True above the pass band."""
    by_program: bool = False
    """Whether a program printed the numbers: `2.58551e+08 Hz`, `47.49 dB`."""
    register: str = ""
    """form, chat, formal or plain, if known; added sentences and printed numbers fit it."""
    numbers_in: str = ""
    """The language of the numbers, if different from that of the request."""
    traditional: bool = False
    """Whether it is in traditional characters."""
    small: bool = False
    """Whether it is in lower case, units included."""
    topics: frozenset[str] = frozenset()
    """Topics besides the filter, and the lists of its clauses, if known."""

    @cached_property
    def stated(self) -> Stated:
        """The properties that do not depend on its numbers."""
        return stated(self.turns)

    def said(self) -> list[str]:
        """Its texts and the words that a call copies, without its numbers."""
        return [s.argument for turn in self.turns for s in turn if s.kind in ("text", "words")]

    @cached_property
    def numbers_as(self) -> str:
        """The register for printing numbers: its own, or that of its voice."""
        voice = self.voice.rpartition("/")[2]
        by_voice = "formal" if voice in _PAPERS else "speech" if voice in _SPEECH else ""
        by_voice = "program" if voice in _PROGRAM else by_voice
        return self.register or by_voice

    @property
    def casual(self) -> bool:
        """Whether its numbers are those of a chat: few digits, whole decibels."""
        return self.register == "chat" or self.voice.rpartition("/")[2] in _CASUAL

    @property
    def everyday(self) -> bool:
        """Whether somebody typed it on an ordinary day, without a style of their own."""
        return self.voice.rpartition("/")[2] in _EVERYDAY

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of all turns."""
        return self.stated.slots

    @property
    def numbers(self) -> int:
        """The number of slots with drawn numbers."""
        return sum(slot.kind not in ("text", "words") for turn in self.turns for slot in turn)

    @property
    def type(self) -> str:
        """The record type: full, followup_question, followup_resolve or outside."""
        if self.kind == "outside":
            return "outside"
        if len(self.turns) > 1:
            return "followup_resolve"
        return "full" if self.kind == "full" else "followup_question"


def read_request(line: dict[str, Any], lang: str, voice: str, number: int) -> Request:
    """Parses the request of one line. Raises VoiceError."""
    unknown = sorted(set(line) - FIELDS)
    if unknown:
        raise VoiceError(f"unknown field {unknown[0]!r}")
    text, kind, band = line.get("text"), line.get("kind"), line.get("band")
    turns = [text] if isinstance(text, str) else text
    if not isinstance(turns, list) or not turns or not all(isinstance(t, str) for t in turns):
        raise VoiceError("text is not a text or a list of them")
    if kind not in ("full", "gap", "outside"):
        raise VoiceError(f"kind is {kind!r}, expected full, gap or outside")
    if band is not None and band not in BANDS:
        raise VoiceError(f"band is {band!r}, expected {', '.join(BANDS)} or null")
    missing = line.get("missing", [])
    if (kind == "gap") != bool(missing) or not _MISSING.issuperset(missing):
        raise VoiceError(f"missing is {missing!r}, expected published keys, for a gap alone")
    try:
        parsed = tuple(parse(turn) for turn in turns)
    except SlotError as error:
        raise VoiceError(str(error)) from None
    return Request(
        id=f"{lang}/{voice}-{number:02d}",
        lang=lang,
        voice=f"{lang}/{voice}",
        turns=parsed,
        kind=kind,
        band=band,
        missing=tuple(missing),
        frequency=_pair(line, "freq", (1e6, 1e9)),
        width_percent=_pair(line, "width_percent", (2.0, 30.0)),
        attenuation=_pair(line, "att", (15.0, 85.0)),
        impedances=tuple(float(value) for value in line.get("z0", ())),
        order=tuple(int(n) for n in _pair(line, "order", (3, 9))),  # type: ignore[arg-type]
        twist=line.get("twist", ""),
        falling=line.get("order_of_stops") == "falling",
    )


@cache
def all_requests() -> tuple[Request, ...]:
    """All requests of all voices, in the order of the files. Raises VoiceError."""
    found = []
    root = files("rf_synth") / "language" / "requests"
    for lang in LANGS:
        entries = sorted((root / lang).iterdir(), key=lambda entry: entry.name)
        for entry in (entry for entry in entries if entry.name.endswith(".jsonl")):
            voice = entry.name.removesuffix(".jsonl")
            lines = entry.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                try:
                    found.append(read_request(loads(line.encode()), lang, voice, number))
                except ValueError as error:
                    raise VoiceError(f"{lang}/{entry.name}:{number}: {error}") from None
    return tuple(found)


def usable(split: str) -> tuple[Request, ...]:
    """The requests that a split may use.

    test shares its voices with train, but not its numbers. Requests with hardly any numbers would
    be identical in both, so these are divided: four of five belong to train.
    """
    if split == "test_ood":
        return tuple(r for r in all_requests() if r.voice in HELD_OUT)
    if split == "val":
        return tuple(r for r in all_requests() if r.voice in VALIDATION)
    open_to_both = (r for r in all_requests() if r.voice not in HELD_OUT | VALIDATION)
    return tuple(
        r for r in open_to_both if r.numbers > SHARED_FROM or _is_for_test(r) == (split == "test")
    )


def _is_for_test(request: Request) -> bool:
    return blake2b(request.id.encode(), digest_size=1).digest()[0] < 51


def _pair(line: dict[str, Any], key: str, default: tuple[float, float]) -> tuple[float, float]:
    value = line.get(key, default)
    if len(value) != 2 or not 0 < value[0] <= value[1]:
        raise VoiceError(f"{key} is {value!r}, expected [low, high]")
    return float(value[0]), float(value[1])
