-- Functions for questions to the archive, beside those that queries of weeks and editions share.

-- MB a day, from the bytes of a whole week: a day is a seventh of it, 1 MB is 10^6 bytes.
CREATE OR REPLACE TEMP MACRO mb_per_day(week_bytes) AS week_bytes / 7e6;

-- Mean rate over hours in Mbit/s (docs/method.md, rule 9); NULL without covered time.
CREATE OR REPLACE TEMP MACRO mbit_per_second(bytes, covered_ms) AS
    8e-6 * mean_rate(bytes, covered_ms);

-- Half width of the 95 % interval of a sum of estimated bytes by packet sampling, in percent of the sum
-- (docs/method.md, rule 17).
CREATE OR REPLACE TEMP MACRO sampling_error_percent(bytes, variance_bytes2) AS
    196 * sqrt(sum(variance_bytes2)::DOUBLE) / nullif(sum(bytes), 0)::DOUBLE;

-- Whether a day or an instant lies on a Saturday or Sunday, in local time.
CREATE OR REPLACE TEMP MACRO is_weekend(day) AS isodow(day) >= 6;
