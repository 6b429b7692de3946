-- Functions that several queries of an edition share.

-- The smallest rounding step of at least this size: 1, 2 or 5 times a power of ten.
CREATE OR REPLACE TEMP MACRO rounding_step(least_step) AS (
    SELECT unit * CASE
        WHEN least_step <= unit THEN 1 WHEN least_step <= 2 * unit THEN 2
        WHEN least_step <= 5 * unit THEN 5 ELSE 10
    END
    FROM (SELECT 10.0::DOUBLE ** floor(log10(least_step)) AS unit)
);

-- To what a ratio of two volumes is rounded, and the growth of one in percent: no finer than one of
-- the heaviest could move it, from the part of a volume that one of them contributes.
CREATE OR REPLACE TEMP MACRO ratio_step(ratio, heaviest_part) AS
    rounding_step(ratio * heaviest_part);
CREATE OR REPLACE TEMP MACRO growth_step(growth_percent, earlier_part, later_part) AS
    rounding_step(greatest(100 * earlier_part, (100 + growth_percent) * later_part));

-- Whether the second heaviest contributor to a total, who knows its own part, could estimate the
-- heaviest more closely than to one part in this many (p % rule of statistical disclosure control,
-- p = 100 / parts).
CREATE OR REPLACE TEMP MACRO outweighs(total, heaviest, parts) AS
    total - heaviest[1] - coalesce(heaviest[2], 0) < heaviest[1] / parts;

-- Daily volumes, in MB, of the subscribers next to a place on either side, so many on each. An interval
-- around the place that contains enough subscribers contains enough of these.
CREATE OR REPLACE TEMP MACRO volumes_beside(week_bytes, place_mb, number) AS list_transform( -- noqa: PRS
    list_concat(
        max(week_bytes, number) FILTER (week_bytes / 7e6 <= place_mb),
        min(week_bytes, number) FILTER (week_bytes / 7e6 > place_mb)
    ),
    lambda bytes: bytes / 7e6
);

-- The smallest step by which at least so many volumes round to the same multiple as a place in a
-- distribution; NULL without such a step. It suffices to give the volumes next to the place on either side.
CREATE OR REPLACE TEMP MACRO shared_step(volumes, place, least) AS list_min(list_filter( -- noqa: PRS
    list_transform(range(66), lambda n: [1, 2, 5][1 + n % 3] * 10.0::DOUBLE ** (n // 3 - 9)),
    lambda step: floor(place / step + 0.5) > 0 AND least <= len(list_filter(
        volumes, lambda volume: floor(volume / step + 0.5) = floor(place / step + 0.5)
    ))
));

-- The nearest multiple of a step, half up, as a whole number.
CREATE OR REPLACE TEMP MACRO multiple_of(number, step) AS
    (floor(number / step + 0.5) * step)::BIGINT;

-- Mean rate over hours in bytes a second (docs/method.md, rule 9): bytes divided by covered time; NULL
-- without any.
CREATE OR REPLACE TEMP MACRO mean_rate(bytes, covered_ms) AS
    1000 * sum(bytes)::DOUBLE / nullif(sum(covered_ms), 0)::DOUBLE;

-- The accesses of a service (docs/method.md, rule 14); mobile has only one.
CREATE OR REPLACE TEMP MACRO accesses_of(service) AS
    CASE service WHEN 'broadband' THEN ['pppoe', 'ipoe'] ELSE [''] END;

-- The protocol for which a flow's bytes count (docs/method.md, rule 3): IPv6-ICMP is ICMP.
CREATE OR REPLACE TEMP MACRO counted_protocol(protocol) AS
    (CASE protocol WHEN 58 THEN 1 ELSE protocol END)::UTINYINT;

-- The class of a TCP or UDP port (docs/method.md, rule 3); other protocols have none.
CREATE OR REPLACE TEMP MACRO port_class(protocol, port) AS
    CASE
        WHEN protocol NOT IN (6, 17) THEN NULL
        WHEN port IS NULL THEN 'unknown'
        WHEN port < 1024 THEN '<1024'
        ELSE '>=1024'
    END;

-- The first instant of an hour, in local time with its offset from UTC, as in
-- 2024-06-03T19:00:00+09:00 (RFC 3339).
CREATE OR REPLACE TEMP MACRO local_time(instant) AS
    strftime(instant, '%Y-%m-%dT%H:%M:%S')
        || regexp_replace(strftime(instant, '%z'), '^(...)$', '\1:00');

-- The hour of the week by the clock, 0 to 167 from Monday.
CREATE OR REPLACE TEMP MACRO hour_of_week(instant) AS
    (24 * (isodow(instant) - 1) + date_part('hour', instant))::INTEGER;

-- The square of the bytes of a day. More than an exabyte is no day's traffic, and its square would not fit
-- into 128 bits.
CREATE OR REPLACE TEMP MACRO square_of_bytes(bytes) AS
    least(bytes, 1000000000000000000)::HUGEINT * least(bytes, 1000000000000000000)::HUGEINT;

-- The squared coefficient of variation of the seven days of a week, less what sampling adds to it
-- (docs/method.md, rule 27), from the bytes of the week, the sum of the squares of its days and the sampling
-- variance; NULL if there is too little to measure it. A day without bytes adds nothing to either sum.
CREATE OR REPLACE TEMP MACRO squared_spread(week_bytes, squares, variance, packets) AS
    CASE
        WHEN week_bytes > 0 AND (variance = 0 OR packets >= 70)
            AND week_bytes::DOUBLE ** 2 > variance::DOUBLE
            THEN 7.0::DOUBLE / 6 * (
                7 * squares::DOUBLE - week_bytes::DOUBLE ** 2 - 6 * variance::DOUBLE
            ) / (week_bytes::DOUBLE ** 2 - variance::DOUBLE)
    END;
