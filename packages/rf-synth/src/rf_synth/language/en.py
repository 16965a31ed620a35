"""Phrasings in English."""

from rf_synth.language.model import Language, clauses, frames, heads, texts
from rf_synth.language.numbers import ENGLISH
from rf_synth.language.shorthand_en import EN_SHORTHAND
from rf_synth.language.zh import SYMBOLS

_CLAUSES = clauses("""
a cutoff of {fc} ¦ a cutoff frequency of {fc} ¦ the passband edge at {fc}
a corner frequency of {fc}
cutoff frequency {fc} ¦ the cutoff at {fc} ¦ a passband edge of {fc}
a stopband edge of {fs} ¦ the stopband edge at {fs} ¦ a stop frequency of {fs}
stopband edge {fs}
the stopband starting at {fs} ¦ stop frequency {fs}
a center frequency of {f_center} ¦ a centre frequency of {f_center}
center frequency {f_center}
a passband centered at {f_center} ¦ centre frequency {f_center}
a bandwidth of {bandwidth} ¦ {bandwidth} of bandwidth ¦ bandwidth {bandwidth}
a total bandwidth of {bandwidth}
a passband {bandwidth} wide ¦ a passband width of {bandwidth}
a lower stopband edge of {fs_lower} ¦ the lower stopband edge at {fs_lower}
lower stop frequency {fs_lower} ¦ lower stopband edge {fs_lower}
an upper stopband edge of {fs_upper} ¦ the upper stopband edge at {fs_upper}
upper stop frequency {fs_upper} ¦ upper stopband edge {fs_upper}
passband ripple of no more than {ripple_db} ¦ at most {ripple_db} of passband ripple
{ripple_db} passband ripple ¦ ripple up to {ripple_db} ¦ in-band flatness of {ripple_db}
a passband ripple of {ripple_db} ¦ {ripple_db} ripple ¦ ripple ≤ {ripple_db}
at least {return_loss} of return loss ¦ {return_loss} passband return loss
a VSWR of at most {vswr} ¦ passband VSWR up to {vswr}
at least {La_target} of stopband attenuation ¦ {La_target} of stopband rejection
stopband attenuation of {La_target} or more ¦ no less than {La_target} of rejection
out-of-band rejection of at least {La_target}
a minimum stopband attenuation of {La_target} ¦ {La_target}c of rejection
stopband attenuation ≥ {La_target}
{R0} ports ¦ {R0} terminations ¦ {R0} system impedance ¦ a reference impedance of {R0}
a characteristic impedance of {R0} ¦ a port impedance of {R0} ¦ {R0} source and load
at least {La_target} of attenuation at {fs} ¦ {La_target} of rejection at {fs}
a response below -{La_target} at {fs} ¦ a rejection of at least {La_target} at {fs}
no less than {La_target} attenuation at {fs}
a passband of {bandwidth} centered at {f_center} ¦ {bandwidth} of bandwidth around {f_center}
a bandwidth of {bandwidth} at a center frequency of {f_center}
stopband edges at {fs_lower} and {fs_upper} ¦ stop frequencies of {fs_lower} and {fs_upper}
stopbands below {fs_lower} and above {fs_upper}
at least {La_target} of rejection at {fs_lower} and {fs_upper}
{La_target} or more of attenuation below {fs_lower} and above {fs_upper}
""")

_SPOKEN = clauses("""
the passband edge is {fc} ¦ the cutoff should be {fc} ¦ the cutoff sits at {fc}
the corner frequency is {fc}
the stopband edge is {fs} ¦ the stop frequency is {fs} ¦ the stopband begins at {fs}
it is centered at {f_center} ¦ the center frequency is {f_center}
the centre frequency should be {f_center}
the bandwidth is {bandwidth} ¦ the bandwidth should be {bandwidth}
the passband is {bandwidth} wide
the lower stopband edge is {fs_lower} ¦ the lower stop frequency is {fs_lower}
the upper stopband edge is {fs_upper} ¦ the upper stop frequency is {fs_upper}
ripple must stay within {ripple_db} ¦ passband ripple may be {ripple_db} at most
the passband ripple is {ripple_db} ¦ ripple is limited to {ripple_db}
in-band flatness is {ripple_db}
return loss must be at least {return_loss} ¦ the return loss is {return_loss}
the VSWR may be {vswr} at most ¦ VSWR must not exceed {vswr}
the stopband must be at least {La_target} down ¦ stopband attenuation must reach {La_target}
rejection has to be at least {La_target} ¦ I need {La_target} of stopband attenuation
the ports are {R0} ¦ the system impedance is {R0} ¦ it runs in a {R0} system
source and load are {R0} ¦ the reference impedance is {R0}
it has to be {La_target} down at {fs} ¦ attenuation at {fs} must be at least {La_target}
I need {La_target} of rejection at {fs} ¦ the response at {fs} must be below -{La_target}
the stopband edges are {fs_lower} and {fs_upper}
attenuation at {fs_lower} and {fs_upper} must be at least {La_target}
both {fs_lower} and {fs_upper} must be {La_target} down
""")

_FULL = """
design ¦ prose ¦ ,~+,~and~ ¦ _ ¦ _ ¦ [Please design|Design] {a_head} with {clauses}.
need ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [I need|We need] {a_head} with {clauses}.
looking ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [I am|We are] looking for {a_head} with {clauses}.
could ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Can|Could] you design {a_head} with {clauses}?
specify ¦ prose ¦ ,~ ¦ _ ¦ _ ¦ [Specify|Please specify] {a_head}: {clauses}.
order ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Find|Determine] the minimum order of {a_head} with {clauses}.
what ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ What order does {a_head} with {clauses} need?
synth ¦ prose ¦ ;~ ¦ _ ¦ _ ¦ [Synthesize|Synthesise] {a_head} subject to: {clauses}.
given ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Given {clauses}, design {a_head}.
customer ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [The customer|Our customer] asks for {a_head} with {clauses}.
receiver ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ For [the receiver front end|the IF stage] we use {a_head} with {clauses}.
spurs ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ To clean up spurs I want {a_head} with {clauses}.
lumped ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ A lumped-element {head} is required, with {clauses}.
ladder ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Plan|Prepare] an LC ladder realising {a_head}: {clauses}.
prototype ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Starting from the low-pass prototype, derive {a_head} with {clauses}.
homework ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Exercise|Homework]: {head}, {clauses}. Give the specification.
meet ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ {clauses}: [design|specify] {a_head} that meets this.
hello ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Hello|Hi], I would like {a_head} with {clauses}. [Thanks!|Thank you.]
help ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Please help me with {a_head}: {clauses}.
simulate ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Before I simulate, pin down the spec for {a_head} with {clauses}.
replace ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ We are replacing the old filter. The new one is {a_head} with {clauses}.
review ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ The review settled on {a_head} with {clauses}.
quick ¦ prose ¦ ,~ ¦ _ ¦ _ ¦ Quick one: {head}, {clauses}.
want ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ I want to build {a_head}: {clauses}.
boss ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ My boss wants {a_head}: {clauses}. How do I specify it?
bench ¦ spoken ¦ ;~ ¦ _ ¦ _ ¦ For the test bench: {a_head}; {clauses}.
enough ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ I am sizing {a_head}: {clauses}. What order is enough?
urgent ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ Urgent: {head}. Note that {clauses}.
let ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ Let's build {a_head}; {clauses}.
here ¦ spoken ¦ ;~ ¦ _ ¦ _ ¦ Here is the spec for {a_head}: {clauses}.
bullets ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ {head} [specification|spec|requirements]:\\n{clauses}
numbered ¦ items ¦ \\n ¦ :~ ¦ #.~ ¦ Design {a_head} to the following [spec|specification]:\\n{clauses}
lines ¦ items ¦ \\n ¦ :~ ¦ _ ¦ [Task|Filter]: {head}\\n{clauses}
table ¦ items ¦ ~|\\n ¦ ~|~ ¦ |~ ¦ {head}\\n| parameter | value |\\n|---|---|\\n{clauses}~|
bracket ¦ items ¦ ;~ ¦ :~ ¦ _ ¦ [{head}]~{clauses}
params ¦ items ¦ ;~ ¦ ~=~ ¦ _ ¦ Parameters of {a_head}: {clauses}.
terse ¦ items ¦ ,~ ¦ ~ ¦ _ ¦ {head}, {clauses}
dots ¦ items ¦ \\n ¦ :~ ¦ •~ ¦ Requirements for {a_head}\\n{clauses}
stars ¦ items ¦ \\n ¦ :~ ¦ *~ ¦ Filter needed: {head}\\n{clauses}\\n
mail ¦ items ¦ \\n ¦ :~ ¦ _ ¦ [Dear all|Hi team],\\nplease design {a_head}:\\n{clauses}\\n[Regards|Thanks]
ticket ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ Design request: {head}\\n{clauses}\\nPlease reply today.
form ¦ items ¦ \\n ¦ ~=~ ¦ _ ¦ device = {head}\\n{clauses}
slashes ¦ items ¦ ~/~ ¦ ~ ¦ _ ¦ {head} / {clauses}
parens ¦ symbols ¦ ,~ ¦ = ¦ _ ¦ {head} ({clauses})
symbols ¦ symbols ¦ ,~ ¦ = ¦ _ ¦ {head}: {clauses}
column ¦ symbols ¦ \\n ¦ ~=~ ¦ _ ¦ {head}\\n{clauses}
where ¦ symbols ¦ ,~+~and~ ¦ ~=~ ¦ _ ¦ Design {a_head} where {clauses}.
list ¦ symbols ¦ ;~ ¦ :~ ¦ _ ¦ Spec for {a_head} - {clauses}
"""  # noqa: E501 - one frame per line

_PARTIAL = """
design ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Please design|Design] {a_head} with {clauses}.
want ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ I want {a_head} with {clauses}.
thinking ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ I am thinking of {a_head} with {clauses}.
sofar ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ So far I know this about {a_head}: {clauses}.
need ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [We need|I need] {a_head}: {clauses}.
could ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Can|Could] you design {a_head} with {clauses}?
customer ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ The customer only gave us {clauses}; it is for {a_head}.
start ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ Let's start with {a_head}: {clauses}.
idea ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ The idea is {a_head}: {clauses}.
question ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ How would you design {a_head}? I know that {clauses}.
hello ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Hi|Hello], please specify {a_head} with {clauses}. [Thanks!|Thank you.]
rough ¦ prose ¦ ,~ ¦ _ ¦ _ ¦ Rough idea: {head}, {clauses}, rest open.
bullets ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ {head}:\\n{clauses}
lines ¦ items ¦ \\n ¦ :~ ¦ _ ¦ Filter: {head}\\n{clauses}
terse ¦ items ¦ ,~ ¦ ~ ¦ _ ¦ {head}, {clauses}
symbols ¦ symbols ¦ ,~ ¦ = ¦ _ ¦ {head}: {clauses}
numbered ¦ items ¦ \\n ¦ :~ ¦ #.~ ¦ {head}, preliminary:\\n{clauses}
given ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Given {clauses}, design {a_head}.
"""  # noqa: E501 - one frame per line

_REPLIES = """
plain ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ {clauses}.
items ¦ items ¦ ,~ ¦ ~ ¦ _ ¦ {clauses}
colon ¦ items ¦ ;~ ¦ :~ ¦ _ ¦ [Sure|OK]: {clauses}.
symbols ¦ symbols ¦ ,~ ¦ = ¦ _ ¦ {clauses}
sorry ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Sorry, I forgot: {clauses}.
spoken ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ {clauses}.
lines ¦ items ¦ \\n ¦ :~ ¦ _ ¦ {clauses}
bullets ¦ items ¦ \\n ¦ :~ ¦ -~ ¦ {clauses}
right ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ [Right|Good point], {clauses}.
take ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Take {clauses}.
use ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Use|Let's use] {clauses}.
assume ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Assume {clauses}.
checked ¦ spoken ¦ ,~+,~and~ ¦ _ ¦ _ ¦ I checked: {clauses}.
equals ¦ items ¦ ,~ ¦ ~=~ ¦ _ ¦ {clauses}
thanks ¦ items ¦ ,~ ¦ :~ ¦ _ ¦ {clauses}. Thanks!
go ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ {clauses}, please go ahead.
bare ¦ bare ¦ ,~ ¦ _ ¦ _ ¦ {clauses}
say ¦ prose ¦ ,~+~and~ ¦ _ ¦ _ ¦ Let's say {clauses}.
"""

_WORDS = {
    "lowpass": "low-pass ¦ lowpass",
    "highpass": "high-pass ¦ highpass",
    "bandpass": "band-pass ¦ bandpass",
}
_NAMES = {
    "fc": "cutoff frequency ¦ cutoff ¦ passband edge ¦ corner frequency",
    "fs": "stopband edge ¦ stop frequency ¦ stopband edge frequency",
    "f_center": "center frequency ¦ centre frequency",
    "bandwidth": "bandwidth ¦ passband width ¦ passband bandwidth",
    "fs_lower": "lower stopband edge ¦ lower stop frequency",
    "fs_upper": "upper stopband edge ¦ upper stop frequency",
    "ripple_db": "passband ripple ¦ ripple ¦ in-band flatness",
    "La_target": "stopband attenuation ¦ rejection ¦ stopband rejection ¦ out-of-band rejection",
    "R0": "port impedance ¦ system impedance ¦ reference impedance ¦ characteristic impedance",
    "return_loss": "return loss ¦ passband return loss",
    "vswr": "VSWR ¦ passband VSWR",
}

EN = Language(
    code="en",
    forms=ENGLISH,
    heads=heads(
        "Chebyshev {word} filter ¦ Chebyshev type I {word} filter ¦ {word} Chebyshev filter ¦ "
        "{word} Chebyshev type I filter ¦ Chebyshev {short} ¦ type I Chebyshev {short} ¦ "
        "equiripple (Chebyshev) {word} filter",
        _WORDS,
    ),
    blind_heads=texts("Chebyshev filter ¦ Chebyshev type I filter ¦ equiripple filter"),
    bands={band: texts(words) for band, words in _WORDS.items()},
    clauses=_CLAUSES,
    spoken=_SPOKEN,
    shorthand=EN_SHORTHAND,
    names={name: texts(words) for name, words in _NAMES.items()},
    symbols={name: texts(words) for name, words in SYMBOLS.items()},
    full=frames("en.full", _FULL),
    partial=frames("en.partial", _PARTIAL),
    replies=frames("en.reply", _REPLIES),
    questions=texts(
        "Please provide {asked}. ¦ I still need {asked}. ¦ Please also give {asked}. ¦ "
        "To complete the design I need {asked}. ¦ What about {asked}? ¦ Please tell me {asked}."
    ),
    asked={
        "filter_band": "the filter type (low-pass, high-pass or band-pass)",
        "fc": "the passband edge",
        "fs": "the stopband edge",
        "f_center": "the center frequency",
        "bandwidth": "the bandwidth",
        "fs_lower": "the lower stopband edge",
        "fs_upper": "the upper stopband edge",
        "ripple_db": "the passband ripple",
        "R0": "the port impedance",
        "La_target": "the stopband attenuation",
    },
    list_joiners=(", ", " and "),
    corrections=texts(
        "Also, change the {name} to {value}. ¦ Please make the {name} {value} instead. ¦ "
        "Correction: the {name} is {value}. ¦ And the {name} should be {value} after all."
    ),
    sentence_end=". ",
    system=(
        "You design RF filters. Complete specification: output one JSON object only. Missing "
        "parameters: ask only for those. Low-pass, high-pass keys: filter_type, filter_band, "
        "ripple_db, fc, fs, R0, La_target, order. Band-pass keys: filter_type, filter_band, "
        "ripple_db, f_center, bandwidth, fs_lower, fs_upper, R0, La_target, order. Units Hz, ohm, "
        "dB. Passband f_center ± bandwidth/2 (arithmetic center). order: the lowest that meets "
        "the specification."
    ),
)
