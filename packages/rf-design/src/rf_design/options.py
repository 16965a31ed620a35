"""The options of a design, beyond its specification."""

from dataclasses import dataclass

from rf_design.errors import DesignError
from rf_design.evaluation.series import MANTISSAS
from rf_design.ladder.synthesis import TOPOLOGIES, Topology
from rf_design.prototype.g_values import MAX_ORDER


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a design; None means not requested.

    Attributes
    ----------
    order : replaces the minimum order
    topology : `pi` or `tee`
    e_series : 12, 24 or 96
    q_l, q_c : unloaded Q of inductors and capacitors, at the edge or the geometric centre
    tolerance : relative tolerance of the parts for the yield (0.05 for 5 %)
    samples, seed : number of random filters for the yield, and the seed of their values
    wanted_loss_db : mid-band loss for which the unloaded Q is computed
    """

    order: int | None = None
    topology: Topology | None = None
    e_series: int | None = None
    q_l: float | None = None
    q_c: float | None = None
    tolerance: float | None = None
    samples: int = 1000
    seed: int = 0
    wanted_loss_db: float = 1.0

    def __post_init__(self) -> None:
        """Raises DesignError for values outside their range."""
        if self.order is not None and not 1 <= self.order <= MAX_ORDER:
            raise DesignError(
                f"order {self.order}: expected 1 to {MAX_ORDER}",
                f"阶数 {self.order} 超出范围，应为 1 到 {MAX_ORDER}",
            )
        if self.topology is not None and self.topology not in TOPOLOGIES:
            raise DesignError(
                f"topology {self.topology!r}: expected pi or tee",
                f"拓扑 {self.topology!r} 无效，应为 pi 或 tee",
            )
        if self.e_series is not None and self.e_series not in MANTISSAS:
            raise DesignError(
                f"series E{self.e_series}: expected 12, 24 or 96",
                f"没有 E{self.e_series} 系列，应为 12、24 或 96",
            )
        for name in ("q_l", "q_c", "wanted_loss_db"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise DesignError(
                    f"{name} {value:g}: expected a number above 0",
                    f"{name} 为 {value:g}，应大于 0",
                )
        if self.tolerance is not None and not 0 < self.tolerance < 1:
            raise DesignError(
                f"tolerance {self.tolerance:g}: expected between 0 and 1",
                f"公差 {self.tolerance:g} 超出范围，应在 0 和 1 之间",
            )
        if not 1 <= self.samples <= 1_000_000:
            raise DesignError(
                f"samples {self.samples}: expected 1 to 1,000,000",
                f"抽样次数 {self.samples} 超出范围，应为 1 到 1,000,000",
            )
