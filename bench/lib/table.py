"""From rounds to the printed tables. The median of the rounds is shown, ratios are of CPU ms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.lib.client import Round
from bench.lib.server import SYNC

EMPTY, PLAIN = "empty view", "plain view"
SLOTS = ("a day", "two weeks", "four weeks", "31 days", "page of times")


@dataclass(frozen=True, slots=True)
class Sample:
    """One round. `cpu` seconds of ours that count, `machine` seconds of everything on this machine meanwhile."""

    answer: Round
    cpu: float
    machine: float

    @property
    def cpu_ms(self) -> float:
        return self.cpu * 1e3 / max(1, len(self.answer.latencies))

    @property
    def rate(self) -> float:
        return len(self.answer.latencies) / max(self.answer.seconds, 1e-9)


@dataclass
class Figures:
    """All rounds on one database. `memory`: MiB (peak, own share) of a worker; `rows` of busy time after growing.

    `paces`: CPU ms of a fixed loop between the rounds (see `server.pace`).
    """

    title: str
    sql: dict[str, int]
    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=dict)
    growth: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    memory: tuple[float, float] = (0.0, 0.0)
    paces: list[float] = field(default_factory=list)
    rows: int = 0

    def add(self, name: str, crowd: int, sample: Sample) -> None:
        self.samples.setdefault((name, crowd), []).append(sample)

    def cpu_ms(self, name: str, crowd: int) -> float:
        return median(sample.cpu_ms for sample in self.samples[name, crowd])

    def rate(self, name: str, crowd: int) -> float:
        return median(sample.rate for sample in self.samples[name, crowd])

    def latency(self, name: str, crowd: int) -> tuple[float, float]:
        """(p50, p95) in ms: the median of the rounds' own."""
        pairs = []
        for sample in self.samples[name, crowd]:
            cuts = quantiles(sample.answer.latencies, n=20) if len(sample.answer.latencies) > 1 else [0.0] * 19
            pairs.append((cuts[9] * 1e3, cuts[18] * 1e3))
        return median(p50 for p50, _ in pairs), median(p95 for _, p95 in pairs)

    def grown(self, name: str) -> tuple[float, float, float]:
        """(CPU ms before, after, ratio) of a page when the table of busy time has got its history."""
        before, after = (median(each.cpu_ms for each in self.growth[name, stage]) for stage in ("before", "after"))
        return before, after, after / before

    def wrong(self) -> Counter[tuple[str, str, int]]:
        """Answers with another status than they should have."""
        found: Counter[tuple[str, str, int]] = Counter()
        for (name, _), samples in (*self.samples.items(), *self.growth.items()):
            for sample in samples:
                for status, count in sample.answer.wrong.items():
                    found[self.title, name, status] += count
        return found

    def foreign(self) -> float:
        """Per cent of one core that others used, the benchmark's own guests not counted as such: at most this."""
        machine = sum(sample.machine - sample.cpu for samples in self.samples.values() for sample in samples)
        seconds = sum(sample.answer.seconds for samples in self.samples.values() for sample in samples)
        return 100 * machine / max(seconds, 1e-9)


def show(figures: Figures) -> None:
    """One database's table."""
    workers = "2 synchronous workers" if SYNC else "2 workers as in gunicorn.conf.py"
    print(f"\n{figures.title}: {workers}; CPU ms of workers and database a request, and ratios of it")
    print(
        f"{'target':<24}{'SQL':>4}{'guests':>7}{'req/s':>8}{'p50 ms':>8}{'p95 ms':>8}"
        f"{'CPU ms':>8}{'x empty':>9}{'x plain':>9}"
    )
    for name, crowd in sorted(figures.samples, key=lambda key: list(figures.sql).index(key[0])):
        p50, p95 = figures.latency(name, crowd)
        cpu = figures.cpu_ms(name, crowd)
        print(
            f"{name:<24}{figures.sql[name]:>4}{crowd:>7}{figures.rate(name, crowd):>8.0f}{p50:>8.1f}{p95:>8.1f}"
            f"{cpu:>8.2f}{cpu / figures.cpu_ms(EMPTY, crowd):>9.1f}{cpu / figures.cpu_ms(PLAIN, crowd):>9.2f}"
        )
    peak, share = figures.memory
    print(f"memory of a worker: at most {peak:.0f} MiB, its own share {share:.0f} MiB")
    for name in dict.fromkeys(name for name, _ in figures.growth):
        before, after, ratio = figures.grown(name)
        print(f"growth to {figures.rows:,} busy times, {name}: {before:.2f} -> {after:.2f} CPU ms, x {ratio:.2f}")
    print(
        f"guests and other work took {figures.foreign():.0f} % of one core beside; "
        f"a fixed loop took {min(figures.paces):.1f} to {max(figures.paces):.1f} ms"
    )


def show_goals(found: list[Figures]) -> None:
    """What was asked for, on the database where it is hardest of those measured."""
    figures = found[-1]
    _goal("any-staff day, CPU ms", figures.cpu_ms("a day, anyone", 4), 2.5, figures)
    _goal("any-staff month, CPU ms", figures.cpu_ms("31 days, anyone", 4), 7.0, figures)
    _goal("any-staff day, one guest, p95 ms", figures.latency("a day, anyone", 1)[1], 6.0, figures)
    _goal("any-staff month, one guest, p95 ms", figures.latency("31 days, anyone", 1)[1], 12.0, figures)
    slots = [name for name in figures.sql if name.startswith(SLOTS)]
    _goal("queries of a slot view", max(figures.sql[name] for name in slots), 3, figures)
    _goal("memory of a worker, MiB", max(each.memory[0] for each in found), 80, None)
    for each in found:
        for name in ("a day, anyone", "31 days, anyone"):
            _goal(f"growth, {name}", each.grown(name)[2], 1.25, each)


def _goal(name: str, value: float, limit: float, figures: Figures | None) -> None:
    where = f" ({figures.title})" if figures else ""
    print(f"goal {name}{where}: {value:.2f} of {limit:g}: {'met' if value <= limit else 'MISSED'}")
