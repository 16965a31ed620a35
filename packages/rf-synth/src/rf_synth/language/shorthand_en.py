"""Brief requests in English."""

from rf_synth.language.numbers import BRIEF_ENGLISH
from rf_synth.language.shorthand import brief_heads, shorthand

_COMMON = """
cutoff {fc} ¦ {fc} cutoff ¦ passband edge {fc} ¦ corner {fc} ¦ fc {fc} ¦ fc={fc} ¦ Fc = {fc}
cutoff at {fc} ¦ corner frequency {fc} ¦ edge of the passband {fc} ¦ passband corner at {fc}
stop {fs} ¦ {fs} stopband edge ¦ stopband {fs} ¦ stopband edge {fs} ¦ fs {fs} ¦ fs={fs}
stop at {fs} ¦ stopband at {fs} ¦ stop frequency {fs}
center {f_center} ¦ centre {f_center} ¦ {f_center} center ¦ centered at {f_center} ¦ f0 {f_center}
f0={f_center} ¦ fo = {f_center} ¦ CF {f_center} ¦ centred on {f_center} ¦ tuned to {f_center}
center freq {f_center}
{bandwidth} wide ¦ BW {bandwidth} ¦ {bandwidth} BW ¦ {bandwidth} passband ¦ BW={bandwidth}
{bandwidth} bandwidth ¦ bandwidth {bandwidth} ¦ bandwidth of {bandwidth} ¦ passband {bandwidth} wide
lower stop {fs_lower} ¦ low side {fs_lower} ¦ fs1 {fs_lower} ¦ fs1={fs_lower}
lower stopband {fs_lower} ¦ stopband below {fs_lower} ¦ lower stopband edge {fs_lower}
upper stop {fs_upper} ¦ high side {fs_upper} ¦ fs2 {fs_upper} ¦ fs2={fs_upper}
upper stopband {fs_upper} ¦ stopband above {fs_upper} ¦ upper stopband edge {fs_upper}
{ripple_db} ripple ¦ ripple {ripple_db} ¦ {ripple_db} in the passband ¦ {ripple_db} passband ripple
ripple max {ripple_db} ¦ max ripple {ripple_db} ¦ ripple under {ripple_db} ¦ Rp {ripple_db}
Rp={ripple_db} ¦ ripple: {ripple_db} ¦ no more than {ripple_db} ripple ¦ flat to {ripple_db}
passband flat to {ripple_db} ¦ ripple of {ripple_db} ¦ {ripple_db} ripple is fine
RL {return_loss} ¦ {return_loss} RL ¦ {return_loss} return loss
VSWR {vswr} ¦ VSWR {vswr} max
{La_target} rejection ¦ rejection {La_target} ¦ {La_target} attenuation ¦ {La_target} stopband
rej {La_target} ¦ atten {La_target} ¦ As {La_target} ¦ As={La_target} ¦ stopband atten {La_target}
{La_target} of rejection ¦ stopband {La_target} down ¦ {La_target} stopband rejection
at least {La_target} out of band ¦ {La_target} min in the stopband
stopband attenuation {La_target}
{R0} ¦ {R0} in and out ¦ in {R0} ¦ Z0 {R0} ¦ {R0} system ¦ {R0} in/out ¦ Z0={R0} ¦ Zo {R0}
impedance {R0} ¦ in a {R0} system ¦ {R0} both ends ¦ {R0} ports ¦ we're in a {R0} system
matched to {R0} ¦ system impedance {R0} ¦ impedance: {R0}
{La_target} at {fs} ¦ {La_target} @ {fs} ¦ {La_target} down at {fs} ¦ -{La_target} at {fs}
rej {La_target} at {fs} ¦ {fs} down {La_target} ¦ {fs} down by {La_target}
at {fs} {La_target} down
kill {fs} by {La_target} ¦ {fs} suppressed by {La_target} ¦ at least {La_target} at {fs}
attenuate {fs} by {La_target} ¦ {fs} at least {La_target} down ¦ spur at {fs} down {La_target}
{fs} must be {La_target} down ¦ needs {La_target} at {fs} ¦ {La_target} of attenuation at {fs}
stopband {fs} ({La_target}) ¦ knock {fs} down by {La_target}
blocker at {fs} needs {La_target} ¦ {fs} rejected by {La_target} ¦ I want {La_target} at {fs}
passband edge {fc} ({ripple_db} ripple) ¦ {ripple_db} ripple at {fc} cutoff
{fc} cutoff with {ripple_db} ripple ¦ passband {fc}, {ripple_db} ripple
{bandwidth} around {f_center} ¦ {bandwidth} at {f_center} ¦ {bandwidth} wide at {f_center}
{f_center} with {bandwidth} BW ¦ {bandwidth} centered on {f_center} ¦ {f_center}, {bandwidth} wide
{f_center} center, {bandwidth} bandwidth ¦ passes {bandwidth} around {f_center}
{f_center} / {bandwidth} BW
stop {fs_lower} and {fs_upper} ¦ stopbands {fs_lower} / {fs_upper} ¦ fs {fs_lower}/{fs_upper}
stopband {fs_lower} and {fs_upper} ¦ stop at {fs_lower} and {fs_upper}
stopband edges {fs_lower}, {fs_upper} ¦ stopbands below {fs_lower} and above {fs_upper}
{La_target} at {fs_lower} and {fs_upper} ¦ {La_target} @ {fs_lower} / {fs_upper}
{La_target} down at {fs_lower} and {fs_upper} ¦ -{La_target} at {fs_lower} and {fs_upper}
{La_target} @ {fs_lower}/{fs_upper} ¦ rej {La_target} at {fs_lower} and {fs_upper}
{La_target} @ {fs_lower} & {fs_upper} ¦ {La_target} at both {fs_lower} and {fs_upper}
{La_target} below {fs_lower} and above {fs_upper} ¦ needs {La_target} at {fs_lower} and {fs_upper}
at least {La_target} of attenuation at {fs_lower} and {fs_upper}
{fs_lower} and {fs_upper} down {La_target} ¦ {fs_lower} and {fs_upper} must be {La_target} down
kill {fs_lower} and {fs_upper} by {La_target} ¦ {fs_lower}/{fs_upper} down by {La_target}
reject {fs_lower} and {fs_upper} by {La_target}
blockers at {fs_lower} and {fs_upper} {La_target} down
edge {fc} ¦ fp={fc} ¦ fpass {fc} ¦ pass edge {fc} ¦ passband edge is {fc} ¦ band edge {fc}
the wanted signal ends at {fc} ¦ corner at {fc} ¦ with the edge at {fc}
fstop={fs} ¦ fstop {fs} ¦ stop edge {fs} ¦ stopband begins at {fs} ¦ the stop band edge is {fs}
at {f_center} ¦ around {f_center} ¦ it is centred on {f_center} ¦ IF {f_center} ¦ f_c {f_center}
centre frequency {f_center} ¦ {f_center} centre frequency ¦ {f_center} is the middle of it
with {bandwidth} of bandwidth ¦ {bandwidth} of passband ¦ the signal is {bandwidth} wide
it should be {bandwidth} wide ¦ bw of {bandwidth} ¦ IF bandwidth {bandwidth}
[equiripple|equal ripple|Chebyshev|cheb|Cheby] {ripple_db}
{ripple_db} [equiripple|equal ripple|Cheby]
ripple <{ripple_db} ¦ ripple <= {ripple_db} ¦ Amax {ripple_db}
ripple up to {ripple_db} is tolerable
{ripple_db} of ripple ¦ {ripple_db} ripple ok ¦ {ripple_db} of passband ripple allowed
{ripple_db} ripple at most ¦ flatness {ripple_db} ¦ with no more than {ripple_db} of ripple
rejection >{La_target} ¦ atten >= {La_target} ¦ Amin {La_target} ¦ Astop {La_target}
{La_target} minimum
stopband rejection {La_target} ¦ the stopband has to be {La_target} down ¦ {La_target} out of band
min. attenuation {La_target} ¦ stop band {La_target}
{R0} [source and load|terminations|differential|impedance level|all around|coax]
everything is {R0}
everything in and out is {R0} ¦ source and load are {R0} ¦ our system is {R0} ¦ port impedance {R0}
[the image|LO leakage|a spur|a TV transmitter|the pager|the jammer|an interferer] at {fs} [must be {La_target} down|has to drop by {La_target}|needs {La_target}]
get rid of {fs} by {La_target} ¦ suppress {fs} by {La_target} ¦ {La_target} by {fs}
must suppress [a transmitter on|a carrier at|whatever is at] {fs} by {La_target}
stopband edge {fs}, {La_target} ¦ stop edge {fs} with {La_target} ¦ fs {fs} / {La_target}
{La_target} or better at {fs} ¦ >{La_target} at {fs} ¦ not less than {La_target} at {fs}
{fs_lower} / {La_target} and {fs_upper} / {La_target}
{La_target} at {fs_lower}, {La_target} at {fs_upper}
{La_target} @ {fs_lower}, {La_target} @ {fs_upper}
{fs_lower} down {La_target}, {fs_upper} down {La_target}
[the image|the LO|a blocker|the FM station] at {fs_lower} {La_target} down, on the [other|upper] side {fs_upper} [the same|likewise]
{La_target} at {fs_lower} on the low side and {La_target} at {fs_upper} on the high side
[spurs|jammers|transmitters|blockers|neighbours] at {fs_lower} and {fs_upper} [have to be attenuated by {La_target}|must be {La_target} down|need {La_target}]
at least {La_target} down at {fs_lower} and at {fs_upper}
{La_target} from {fs_lower} down and from {fs_upper} up
lower stopband edge {fs_lower}, upper stopband edge {fs_upper}, {La_target} on both
stopbands start at {fs_lower} and {fs_upper} ¦ stopband edges at {fs_lower} and at {fs_upper}
must reject {fs_lower} and {fs_upper} by {La_target}
rejecting {fs_lower} and {fs_upper} by {La_target}
-{La_target} @ {fs_lower} and {fs_upper} ¦ {fs_lower} and {fs_upper} >= {La_target}
a {bandwidth} wide passband centred on {f_center} ¦ {bandwidth} of bandwidth at {f_center}
{f_center} and {bandwidth} wide ¦ {f_center} centre frequency, {bandwidth} bandwidth
{f_center}, BW {bandwidth}
edge {fc} w/ {ripple_db} ripple ¦ {fc} edge, {ripple_db} ripple
{La_target} at {fs_lower} on the low side ¦ low side {fs_lower} {La_target} down
lower stopband edge {fs_lower} with {La_target} ¦ [the image|the LO|a blocker] at {fs_lower} {La_target} down
{La_target} below {fs_lower}
{La_target} at {fs_upper} on the high side ¦ high side {fs_upper} {La_target} down
upper stopband edge {fs_upper} with {La_target} ¦ [a blocker|the next channel] at {fs_upper} {La_target} down
{La_target} above {fs_upper}
"""  # noqa: E501 - one entry per line

_LOWPASS = """
passband to {fc} ¦ passes up to {fc} ¦ pass below {fc} ¦ DC to {fc} ¦ everything below {fc} passes
pass DC to {fc} ¦ flat to {fc} ¦ it should pass everything below {fc} ¦ good up to {fc}
passband up to {fc} ¦ must pass {fc} ¦ passes {fc}
passband to {fc} ({ripple_db} ripple) ¦ pass up to {fc} with {ripple_db} ripple
{ripple_db} ripple up to {fc} ¦ passes {fc} with {ripple_db} ripple
flat within {ripple_db} to {fc}
pass everything below {fc} with no more than {ripple_db} ripple ¦ {ripple_db} ripple to {fc}
stopband from {fs} ¦ stopband starts at {fs} ¦ stopband above {fs}
{La_target} above {fs} ¦ {La_target} from {fs} up ¦ everything above {fs} down {La_target}
stopband from {fs} ({La_target}) ¦ above {fs} I want {La_target}
harmonics from {fs} down {La_target}
{La_target} down from {fs} on ¦ reject everything above {fs} by {La_target}
pass {fc}, kill {fs} by {La_target} ¦ pass to {fc} and be {La_target} down at {fs}
harmonic at {fs} {La_target} down ¦ second harmonic {fs} {La_target} down
passing up to {fc} ¦ wanted signal up to {fc} ¦ the signal goes up to {fc}
{fc} and below go through
passband up to {fc} with at most {ripple_db} of ripple ¦ flat within {ripple_db} up to {fc}
[harmonics|images|clock spurs|junk] from {fs} [up|on] [need {La_target}|must be {La_target} down|down by {La_target}]
everything from {fs} on [needs to be down by {La_target}|at least {La_target} down]
{La_target} from {fs} upwards
stop band: {La_target} from {fs} ¦ has to kill {fs} by {La_target}
"""  # noqa: E501 - one entry per line

_HIGHPASS = """
passband from {fc} ¦ passes above {fc} ¦ pass {fc} and up ¦ passband from {fc} up
everything above {fc} passes ¦ it should pass everything above {fc} ¦ flat from {fc} up
passband starts at {fc} ¦ must pass {fc} ¦ passes {fc}
passband from {fc} ({ripple_db} ripple) ¦ pass {fc} and above with {ripple_db} ripple
{ripple_db} ripple above {fc} ¦ passes {fc} with {ripple_db} ripple
flat within {ripple_db} from {fc}
pass everything above {fc} with no more than {ripple_db} ripple ¦ {ripple_db} ripple from {fc} up
stopband up to {fs} ¦ stopband ends at {fs} ¦ stopband below {fs}
{La_target} below {fs} ¦ {La_target} at {fs} and below ¦ everything below {fs} down {La_target}
stopband to {fs} ({La_target}) ¦ below {fs} I want {La_target} ¦ {fs} and lower down {La_target}
{La_target} down up to {fs} ¦ reject everything below {fs} by {La_target}
pass {fc}, kill {fs} by {La_target} ¦ pass from {fc} and be {La_target} down at {fs}
passing from {fc} ¦ wanted signals above {fc} ¦ {fc} is the lowest signal ¦ {fc} and up go through
leaves everything above {fc} alone ¦ lower passband edge {fc} ¦ passband begins at {fc}
passband from {fc} with at most {ripple_db} of ripple ¦ flat within {ripple_db} above {fc}
[broadcast|low frequency junk|shortwave|the fundamental] at {fs} [needs {La_target}|must be {La_target} down|down by {La_target}]
everything from {fs} down [needs to be down by {La_target}|at least {La_target} down]
{La_target} from {fs} downwards
stop band: {La_target} up to {fs} ¦ has to kill {fs} by {La_target}
"""  # noqa: E501 - one entry per line

_FRAMES = """
comma ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head}, {clauses}
period ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head}, {clauses}.
behind ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {clauses}, {head}
behindper ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {clauses}. {head}.
sentences ¦ shorthand ¦ .~ ¦ _ ¦ _ ¦ {head}. {clauses}.
sentencesneed ¦ shorthand ¦ .~ ¦ _ ¦ _ ¦ [Need|I need|We need] {a_head}. {clauses}. [Thanks!|Thanks.|Cheers.]
colon ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head}: {clauses}
semicolons ¦ shorthand ¦ ;~ ¦ _ ¦ _ ¦ {head}; {clauses}
bars ¦ shorthand ¦ ~|~ ¦ _ ¦ _ ¦ {head} | {clauses}
lines ¦ shorthand ¦ \\n ¦ _ ¦ _ ¦ {head}\\n{clauses}
dash ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head} - {clauses}
brackets ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head} ({clauses})
need ¦ shorthand ¦ ,~+~and~ ¦ _ ¦ _ ¦ [need|Need|I need|We need] {a_head}, {clauses}.
needit ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [Need|need|I need] {a_head}: {clauses}
please ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head} please, {clauses}.
size ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [Can you size|Please size|size|Size] {a_head} for me: {clauses}
sizeq ¦ shorthand ¦ ,~+~and~ ¦ _ ¦ _ ¦ [Could you work out|Can you do|Can you work out] {a_head}? {clauses}.
workout ¦ shorthand ¦ .~ ¦ _ ¦ _ ¦ [Hey|Hi|Hello], can you work out {a_head} for me? {clauses}.
sections ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ How many sections for {a_head}? {clauses}
poles ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {head}, {clauses}. [How many poles?|How many sections?|What order?|Order?|Minimum order?]
smallest ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ What's the [smallest|lowest-order] {head} with {clauses}?
minimum ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ min order of {a_head}? {clauses}
thanks ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [hi|Hi|hello|hey], {head}, {clauses}, [thx|thanks|please]
harmonics ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [Transmitter harmonic filter|PA output filter|Harmonic cleanup|Anti-alias filter]: {head}, {clauses}
frontend ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [GPS L1 preselector|SDR front end|Receiver preselector|ISM link|LNA input|Telemetry receiver]: {head}, {clauses}.
strip ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [IF strip|Mixer output|IF stage|Test bench|Synth cleanup], {head}. {clauses}
sits ¦ shorthand ¦ .~ ¦ _ ¦ _ ¦ It goes [behind the PA|in front of the LNA|after the mixer|into the test fixture]: {head}. {clauses}.
radio ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ For [a ham transmitter|a radar receiver|a WiFi 6 front end|a cable TV return path|a satcom uplink|an LTE base station] I need {a_head}: {clauses}.
radioper ¦ shorthand ¦ .~ ¦ _ ¦ _ ¦ We are building [a drone video link|an 802.11 sniffer|a spectrum monitor|a GNSS repeater]. {head}. {clauses}.
designa ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [design|Design|Please design] {a_head}: {clauses}
wanted ¦ shorthand ¦ ;~ ¦ _ ¦ _ ¦ [Wanted|Looking for|Spec]: {head}; {clauses}
labels ¦ labels ¦ ,~ ¦ ~ ¦ _ ¦ {head}, {clauses}
equals ¦ labels ¦ ,~ ¦ = ¦ _ ¦ {head}, {clauses}
spaced ¦ labels ¦ ~ ¦ = ¦ _ ¦ {head} {clauses}
stacked ¦ labels ¦ \\n ¦ :~ ¦ _ ¦ {head}\\n{clauses}
dotted ¦ labels ¦ .~ ¦ ~ ¦ _ ¦ {head}. {clauses}.
slashed ¦ labels ¦ ~/~ ¦ ~ ¦ _ ¦ {head} / {clauses}
dashed ¦ labels ¦ \\n ¦ ~ ¦ -~ ¦ {head}\\n{clauses}
columns ¦ labels ¦ ;~ ¦ :~ ¦ _ ¦ [need|Need] {head}: {clauses}
run ¦ shorthand ¦ ~ ¦ _ ¦ _ ¦ {head} {clauses}
runlow ¦ shorthand ¦ ~ ¦ _ ¦ _ ¦ [need|looking for|want] {a_head} {clauses}
with ¦ shorthand ¦ ,~+~and~ ¦ _ ¦ _ ¦ [I would like|I'd like|I'm after] {a_head}: {clauses}.
middle ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ [My idea is|The plan is|What I want is] {a_head} - {clauses}.
wantsent ¦ shorthand ¦ .~ ¦ _ ¦ _ ¦ [I want to put in|So I need|We need] {a_head}. {clauses}.
its ¦ shorthand ¦ ,~ ¦ _ ¦ _ ¦ {clauses}. It's {a_head}.
stars ¦ shorthand ¦ \\n ¦ _ ¦ *~ ¦ {head}\\n{clauses}
doubles ¦ shorthand ¦ ~//~ ¦ _ ¦ _ ¦ {head} // {clauses}
typed ¦ labels ¦ \\n ¦ ~=~ ¦ _ ¦ {head}\\n{clauses}
typedstar ¦ labels ¦ \\n ¦ :~ ¦ *~ ¦ {head}\\n{clauses}
barred ¦ labels ¦ ~|~ ¦ = ¦ _ ¦ {head} | {clauses}
"""  # noqa: E501 - one frame per line

_LABELS = {
    "fc": "fc ¦ cutoff ¦ Fc ¦ corner ¦ passband ¦ passband edge ¦ fp",
    "fs": "fs ¦ stop ¦ stopband ¦ stopband edge",
    "f_center": "f0 ¦ center ¦ CF ¦ centre ¦ fo",
    "bandwidth": "BW ¦ bandwidth ¦ width",
    "fs_lower": "fs1 ¦ lower stop ¦ low stop ¦ stop low ¦ lower stopband",
    "fs_upper": "fs2 ¦ upper stop ¦ high stop ¦ stop high ¦ upper stopband",
    "ripple_db": "ripple ¦ Rp ¦ rip ¦ passband ripple",
    "La_target": "rejection ¦ rej ¦ atten ¦ As ¦ attenuation ¦ stopband atten ¦ Amin",
    "R0": "Z0 ¦ impedance ¦ R0 ¦ Zo ¦ Z",
    "return_loss": "RL ¦ return loss",
    "vswr": "VSWR",
}

_HEADS = brief_heads(
    "[Chebyshev|Cheby|Cheb|equiripple|equal-ripple|chebychev|Tchebyscheff] [{short}|{word}] ¦ "
    "[{short}|{word}|{word} filter] ¦ [{short}|{word}|{word} filter] ¦ {word} filter (Chebyshev) ¦ "
    "[{word} Chebyshev|Chebyshev {word}] filter ¦ {short}, [Chebyshev|cheb|Cheby] ¦ "
    "type 1 Chebyshev {short} ¦ Chebyshev type I {word} ¦ {R0} {short} ¦ {R0} Chebyshev {word} ¦ "
    "{R0} {word} filter ¦ {word} in {R0} ¦ Chebyshev {short} in a {R0} system",
    "{fc} {short} ¦ {fc} Chebyshev {word} ¦ Chebyshev {word} at {fc} ¦ {fc} {word} filter",
    "{f_center} {short} ¦ {f_center} Chebyshev {word} ¦ Chebyshev {short} at {f_center} ¦ "
    "{f_center} {word} filter ¦ {word} at {f_center} ¦ {word} around {f_center}",
    "Chebyshev filter ¦ Cheby filter ¦ filter, Chebyshev ¦ equiripple filter ¦ filter",
    {
        "lowpass": "low-pass ¦ lowpass ¦ low pass ¦ LP",
        "highpass": "high-pass ¦ highpass ¦ high pass ¦ HP",
        "bandpass": "band-pass ¦ bandpass ¦ band pass ¦ BP",
    },
)

_KINDS = (
    "Chebyshev ¦ Chebyshev response ¦ equiripple ¦ Cheby ¦ type Chebyshev ¦ Chebyshev type I ¦ "
    "Chebyshev please ¦ equal-ripple response ¦ Chebyshev prototype ¦ response: Chebyshev"
)

_OPENINGS = """
We [are building|are designing|have] [a drone video link|a marine radar|a satellite modem|a spectrum monitor].
Our [board|prototype|transmitter|receiver] failed [the emission test|the pre-compliance scan|certification] last week.
The [neighbour's station|paging transmitter|broadcast tower|radar] next door [blocks|overloads|desensitises] our receiver.
I am [a student|a hobbyist|new to filters|working on my thesis] and [my supervisor|a colleague] asked me to sort this out.
[Good morning|Hello|Hi there|Dear all|Hey|Hi folks]!
The mixer [leaks|produces spurs|has a strong image] and the spec does not allow that.
Our [customer|system team|lab] wants numbers before [the design review|Friday|the next tape-out].
I look after [a small radio telescope|the repeater of our club|an EMC chamber|an MRI receive chain].
[Front end of an SDR|Receive chain of a telemetry station|Output of a DAC|Behind a frequency doubler].
Space on the board is tight, [so it has to be small|so lumped parts only].
[Quick question|Quick one|Small favour|Another filter question].
It is for [an automotive radar|a medical sensor|a base station|an IoT node|a CATV headend|test equipment].
The old one [drifts|was discontinued|is out of stock], we need a replacement.
LTE band n78 small cell here.
It is a GPS L1 front end.
My [boss|client|colleague] is in a hurry.
"""  # noqa: E501 - one entry per line

_CLOSINGS = """
Thanks! ¦ Thanks in advance. ¦ Thank you. ¦ Cheers. ¦ Kind regards ¦ Please.
How many [sections|poles|resonators|elements] [does that take|do I need|will it be]? ¦ What order?
What N?
Can you give me [element values|the order|a schematic|the spec]? ¦ Is that realistic? ¦ Order?
Would you work out the ladder for me? ¦ Does that fit on [a small board|a single layer]?
[Microstrip|LC|Lumped elements|Coupled resonators] would be fine. ¦ Layout is waiting for it.
Tell me if anything is missing. ¦ Anything else you need? ¦ Ask me if something is unclear.
[The review is|We meet] tomorrow. ¦ It goes [into a test fixture|behind the PA|in front of the LNA].
[Low cost matters|Insertion loss is not critical|Temperature drift is a concern].
Just a first estimate.
[The connector type|The housing|The laminate] is still open. ¦ Budget to be confirmed.
"""

_PENDING = """
{name} [TBD|tbd|to be confirmed|to follow|still open|not fixed yet|tbc] ¦ {name}: TBD ¦ {name}?
the {name} is [still open|still under discussion|not decided yet|not known yet|to be defined]
I [don't know|haven't decided on|am not sure about|still have to look up] the {name} yet
[the customer|my boss|the system team] [has not given us|still owes us|will confirm] the {name}
waiting for the {name} from [the customer|the system team] ¦ no {name} given ¦ no {name} yet
"""

_UNSET = "TBD ¦ tbd ¦ ? ¦ open ¦ tbc ¦ to be confirmed ¦ ?? ¦ not fixed yet"

EN_SHORTHAND = shorthand(
    "en",
    clauses=(_COMMON, _LOWPASS, _HIGHPASS),
    heads=_HEADS,
    kinds=_KINDS,
    labels=_LABELS,
    impedances="Z0 {R0} ¦ Z0={R0} ¦ Z0 = {R0} ¦ Zo={R0} ¦ impedance {R0}",
    forms=BRIEF_ENGLISH,
    pending=_PENDING,
    unset=_UNSET,
    frames=_FRAMES,
    openings=_OPENINGS,
    closings=_CLOSINGS,
)
