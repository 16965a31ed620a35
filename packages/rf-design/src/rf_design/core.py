"""The core: a request, a call or a specification in, a complete design out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rf_design.evaluation.buildable import Concern, concerns_of
from rf_design.evaluation.checks import Check, all_pass, check_ladder, check_return_loss
from rf_design.evaluation.couplings import Couplings, couplings_of, unloaded_q_needed
from rf_design.evaluation.even_order import OtherLoad, with_stated_load
from rf_design.evaluation.losses import Losses, losses_of
from rf_design.evaluation.proof import ProofLine, prove
from rf_design.evaluation.rounding import Rounded, round_to_series
from rf_design.evaluation.tolerance import Yield, monte_carlo
from rf_design.ladder.network import Ladder
from rf_design.ladder.synthesis import Topology, denormalise, realisable, synthesise, topology_for
from rf_design.options import Options
from rf_design.prototype.g_values import MAX_ORDER, Prototype, prototype
from rf_design.reading.text import language_of_call
from rf_design.response.chain import Quality
from rf_design.response.crossings import half_power_points
from rf_design.solving import arguments_of, call_of_spec, is_spec, solve_call
from rf_design.specification import FilterSpec, spec_at_order, spec_of_result

_RETURN_LOSS_KEYS = ("return_loss", "vswr", "gamma")


@dataclass(frozen=True)
class Filter:
    """A designed filter: its order, its parts, and everything derived from them.

    `checks` are of the listed parts. What takes longer to compute is computed on first access.
    """

    spec: FilterSpec
    order: int
    minimum_order: int | None
    topology: Topology
    shape: Prototype
    ladder: Ladder
    options: Options
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether the listed parts meet every line of the specification."""
        return all_pass(self.checks)

    @property
    def quality(self) -> Quality:
        """The unloaded Q in the options, at the filter's reference frequency."""
        return Quality(self.spec.reference_hz, self.options.q_l, self.options.q_c)

    @cached_property
    def proof(self) -> tuple[ProofLine, ...]:
        """The attenuation of N-1, N and N+1 at every stop point."""
        return prove(self.spec, self.order)

    @cached_property
    def half_power_hz(self) -> tuple[float, ...] | None:
        """The 3 dB points of the listed parts."""
        return half_power_points(self.spec, self.ladder)

    @cached_property
    def couplings(self) -> Couplings | None:
        """Coupling coefficients and external Q; None unless the filter is a band-pass."""
        return couplings_of(self.spec, self.shape)

    @cached_property
    def unloaded_q_needed(self) -> float | None:
        """The unloaded Q for the wanted mid-band loss; None unless it is a band-pass."""
        return self._q_for(self.options.wanted_loss_db)

    @cached_property
    def other_load(self) -> OtherLoad | None:
        """The response into the stated load; None if the ladder is designed for that load."""
        return with_stated_load(self.spec, self.ladder, self.order)

    @cached_property
    def losses(self) -> Losses | None:
        """Losses with the Q in the options; None if none is given."""
        if self.quality.lossless:
            return None
        return losses_of(self.spec, self.built, self.shape, self.quality)

    @cached_property
    def rounded(self) -> Rounded | None:
        """The ladder in values of the E series in the options; None if none is given."""
        if self.options.e_series is None:
            return None
        return round_to_series(self.spec, self.ladder, self.shape, self.options.e_series)

    @cached_property
    def rounded_half_power_hz(self) -> tuple[float, ...] | None:
        """The 3 dB points of the rounded ladder; None if no E series is given."""
        return half_power_points(self.spec, self.rounded.ladder) if self.rounded else None

    @property
    def built(self) -> Ladder:
        """The parts to build from: the rounded ones if an E series is given."""
        return self.rounded.ladder if self.rounded else self.ladder

    @property
    def altered(self) -> bool:
        """Whether the parts to build from differ from the exact, lossless ones."""
        return self.rounded is not None or not self.quality.lossless

    @cached_property
    def yields(self) -> Yield | None:
        """The yield with parts of the tolerance in the options; None if none is given."""
        if self.options.tolerance is None:
            return None
        return monte_carlo(
            self.spec,
            self.built,
            flat_loss_db=self.shape.flat_loss_db,
            tolerance=self.options.tolerance,
            samples=self.options.samples,
            seed=self.options.seed,
        )

    @cached_property
    def concerns(self) -> tuple[Concern, ...]:
        """Obstacles to building it from lumped parts."""
        return concerns_of(
            self.spec, self.ladder, q_needed_1_db=self._q_for(1.0), losses=self.losses
        )

    def _q_for(self, loss_db: float) -> float | None:
        if self.spec.band != "bandpass":
            return None
        return unloaded_q_needed(sum(self.shape.g), self.spec.fractional_bandwidth, loss_db)


@dataclass(frozen=True)
class Design:
    """The answer to a request: what was read, the solver's result, and the filter if there is one.

    `call` is None for a design from a specification.
    """

    result: dict[str, Any]
    call: dict[str, Any] | None = None
    request: tuple[str, ...] = ()
    lang: str = "en"
    filter: Filter | None = field(default=None, compare=False)

    @property
    def status(self) -> str:
        """`designed`, `incomplete` or `outside`."""
        return str(self.result["status"])

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """Numbers of the last turn that no argument of the call contains; none for a refusal.

        Earlier turns are ignored, since the last one may replace what they state.
        """
        if not self.request or self.call is None or self.status == "outside":
            return ()
        from rf_design.reading.evidence import unread_numbers
        from rf_design.reading.text import normalised

        return unread_numbers(self.call, normalised(self.request[-1]))

    def to_json(self) -> dict[str, Any]:
        """The design as one object, described by `design.schema.json`."""
        from rf_design.report import design_as_json

        return design_as_json(self)


def design(
    given: str | Sequence[str] | Mapping[str, Any],
    options: Options | None = None,
    *,
    lang: str | None = None,
    model: Any = None,
) -> Design:
    """A design from a request, the turns of a conversation, a call or a specification.

    Parameters
    ----------
    given : a text or a list of texts (the user's turns), which `model` reads; a mapping with keys
        such as `filter_band`, which is a specification; any other mapping, the arguments of a call
    options : choices beyond the specification
    lang : the language of the report; None for that of the request or call
    model : a reader (see `rf_design.reading`); None for the installed one

    Raises
    ------
    DesignError : `given` is none of these, or no filter can meet the options
    """
    options = options or Options()
    if isinstance(given, Mapping):
        if is_spec(given):
            call = call_of_spec(given)
            return design_from_result(solve_call(call), options, lang=lang or "en")
        call = arguments_of(given)
        return design_from_result(
            solve_call(call), options, call=call, lang=lang or language_of_call(call)
        )
    from rf_design.reading import read_request

    turns = (given,) if isinstance(given, str) else tuple(given)
    reading = read_request(turns, model, lang)
    return design_from_result(
        reading.result, options, call=reading.call, request=turns, lang=reading.lang
    )


def design_from_result(
    result: Mapping[str, Any],
    options: Options,
    *,
    call: Mapping[str, Any] | None = None,
    request: tuple[str, ...] = (),
    lang: str = "en",
) -> Design:
    """The design for a solver's result; above order 100 it has no ladder."""
    found = None
    if result.get("status") == "designed" and (options.order or result["order"]) <= MAX_ORDER:
        spec = spec_of_result(result["spec"])
        found = build(spec, result["order"], options, _return_loss_stated(call))
    return Design(dict(result), None if call is None else dict(call), request, lang, found)


def build(spec: FilterSpec, order: int, options: Options, check_reflection: bool = False) -> Filter:
    """The filter of a complete specification whose edges are those for `order`.

    Raises DesignError for a topology that cannot match the terminations.
    """
    wanted = options.order or order
    spec = spec_at_order(spec, order, wanted)
    topology, ladder, shape = _network(spec, wanted, options.topology)
    checks = check_ladder(spec, ladder, flat_loss_db=shape.flat_loss_db)
    if check_reflection and shape.flat_loss_db == 0:
        checks = (*checks, check_return_loss(spec, ladder))
    minimum = order if spec.stop_points else None
    return Filter(spec, wanted, minimum, topology, shape, ladder, options, checks)


def _network(
    spec: FilterSpec, order: int, topology: Topology | None
) -> tuple[Topology, Ladder, Prototype]:
    """The ladder between the stated terminations, or into the load that its order requires."""
    if realisable(spec, order):
        chosen = topology_for(spec, order, topology)
        return chosen, *synthesise(spec, order, chosen)
    shape = prototype(spec.family, order, spec.ripple_db)
    # At even orders a Pi steps the resistance down and a Tee up: take the one closer to the load.
    chosen = topology or ("tee" if spec.load_ohm > spec.source_ohm else "pi")
    return chosen, denormalise(spec, shape, chosen), shape


def _return_loss_stated(call: Mapping[str, Any] | None) -> bool:
    return call is not None and any(key in call for key in _RETURN_LOSS_KEYS)
