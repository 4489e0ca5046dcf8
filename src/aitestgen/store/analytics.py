"""What results add up to, by SQL that SQLite and PostgreSQL both understand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from aitestgen.job import Analytics, Day, Runs, Spread, StageTimes
from aitestgen.store.database import now
from aitestgen.store.schema import results, stages
from aitestgen.values import Spend, Verdict

CLASSES = 10
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def analytics_of(connection: AsyncConnection, caller: str | None, days: int) -> Analytics:
    """The results of the last `days` days, today included; of everybody where `caller` is None."""
    recent = [results.c.finished >= (await _today(connection) - days + 1) * DAY_SECONDS]
    if caller is not None:
        recent.append(results.c.caller == caller)
    by_day = await _days(connection, recent)
    return Analytics(
        days=by_day,
        stages=await _stages(connection, recent),
        verdicts=await _verdicts(connection, recent),
        spend=await _spend(connection, recent),
        totals=Runs(runs=sum(day.runs for day in by_day), passed=sum(day.passed for day in by_day)),
        spreads=await _spreads(connection, recent),
    )


async def _today(connection: AsyncConnection) -> int:
    return int(float(await connection.scalar(select(now())) or 0.0) // DAY_SECONDS)


async def _days(connection: AsyncConnection, recent: list[ColumnElement[bool]]) -> tuple[Day, ...]:
    of = results.c
    number = _day_number()
    verdicts = await _verdicts_by_day(connection, recent)
    measured = (
        select(
            number.label("number"),
            func.count().label("runs"),
            func.sum(case((of.verdict == Verdict.PASSED, 1), else_=0)).label("passed"),
            func.avg(of.line_coverage).label("line_coverage"),
            func.avg(of.branch_coverage).label("branch_coverage"),
            func.avg(of.mutation_score).label("mutation_score"),
            func.sum(of.usd).label("usd"),
        )
        .where(*recent)
        .group_by(number)
        .order_by(number)
    )
    return tuple(
        Day(
            day=(EPOCH + timedelta(days=int(row.number))).date().isoformat(),
            runs=int(row.runs),
            passed=int(row.passed),
            line_coverage=row.line_coverage,
            branch_coverage=row.branch_coverage,
            mutation_score=row.mutation_score,
            verdicts=verdicts[int(row.number)],
            usd=float(row.usd),
        )
        for row in await connection.execute(measured)
    )


def _day_number() -> ColumnElement[int]:
    """Days since the epoch (UTC)."""
    return cast(results.c.finished - 0.5, BigInteger) // DAY_SECONDS  # PostgreSQL rounds, SQLite cuts


async def _verdicts_by_day(
    connection: AsyncConnection, recent: list[ColumnElement[bool]]
) -> Mapping[int, Mapping[str, int]]:
    number = _day_number()
    counted = select(number.label("number"), results.c.verdict, func.count().label("runs")).where(*recent)
    found: dict[int, dict[str, int]] = {}
    rows = await connection.execute(counted.group_by(number, results.c.verdict).order_by(results.c.verdict))
    for row in rows:
        found.setdefault(int(row.number), {})[row.verdict] = row.runs
    return found


async def _spreads(connection: AsyncConnection, recent: list[ColumnElement[bool]]) -> tuple[Spread, ...]:
    """One row of sums: classes by comparison are the same on both databases, rounded quotients are not."""
    measured = (results.c.line_coverage, results.c.branch_coverage, results.c.mutation_score)
    sums = [func.sum(case((_in_class(column, n), 1), else_=0)) for column in measured for n in range(CLASSES)]
    row = (await connection.execute(select(*sums).where(*recent))).one()
    counts = [int(number or 0) for number in row]
    return tuple(
        Spread(name=column.name, counts=tuple(counts[at * CLASSES : (at + 1) * CLASSES]))
        for at, column in enumerate(measured)
    )


def _in_class(column: ColumnElement[float], number: int) -> ColumnElement[bool]:
    if number == CLASSES - 1:
        return column >= number / CLASSES
    return and_(column >= number / CLASSES, column < (number + 1) / CLASSES)


async def _stages(connection: AsyncConnection, recent: list[ColumnElement[bool]]) -> tuple[StageTimes, ...]:
    """Percentiles by nearest rank: the smallest value that at least this share of all do not exceed."""
    ranked = (
        select(
            stages.c.name,
            stages.c.seconds,
            func.row_number().over(partition_by=stages.c.name, order_by=stages.c.seconds).label("rank"),
            func.count().over(partition_by=stages.c.name).label("number"),
        )
        .join(results, results.c.item_id == stages.c.item_id)
        .where(*recent)
        .subquery()
    )

    def percentile(share: float) -> ColumnElement[float]:
        return func.min(case((ranked.c.rank >= share * ranked.c.number, ranked.c.seconds)))

    times = select(ranked.c.name, percentile(0.5), percentile(0.9), percentile(0.99)).group_by(ranked.c.name)
    rows = await connection.execute(times.order_by(ranked.c.name))
    return tuple(StageTimes(name=name, p50=p50, p90=p90, p99=p99) for name, p50, p90, p99 in rows)


async def _verdicts(connection: AsyncConnection, recent: list[ColumnElement[bool]]) -> dict[str, int]:
    counted = select(results.c.verdict, func.count().label("number")).where(*recent).group_by(results.c.verdict)
    rows = await connection.execute(counted.order_by(results.c.verdict))
    return {row.verdict: row.number for row in rows}


async def _spend(connection: AsyncConnection, recent: list[ColumnElement[bool]]) -> Spend:
    of = results.c
    sums = select(
        *(func.coalesce(func.sum(column), 0) for column in (of.calls, of.input_tokens, of.output_tokens, of.usd))
    )
    calls, put_in, put_out, usd = (await connection.execute(sums.where(*recent))).one()
    return Spend(calls=int(calls), input_tokens=int(put_in), output_tokens=int(put_out), usd=float(usd))
