-- Functions shared by the queries of a week, in judging and loading.

-- The smaller and the larger of two non-NULL values. `least` and `greatest` take twenty times as
-- long, which matters for every flow.
CREATE OR REPLACE TEMP MACRO smaller_of(one, other) AS
    CASE WHEN one < other THEN one ELSE other END;
CREATE OR REPLACE TEMP MACRO larger_of(one, other) AS
    CASE WHEN one > other THEN one ELSE other END;

-- A sum as a BIGINT, or the largest BIGINT if it is beyond, for rows that have not been judged.
CREATE OR REPLACE TEMP MACRO countable(total) AS
    least(total, 9223372036854775807)::BIGINT;

-- Whether counters increased by more than any network carries in that time: 10^15 bits a second.
CREATE OR REPLACE TEMP MACRO is_jump(octets, milliseconds) AS
    octets::HUGEINT > milliseconds::HUGEINT * 125000000000;

-- Whether a counter of 32 bits that fell by an amount has wrapped once: at its highest rate otherwise,
-- in octets a millisecond, it takes less than half of them, and up to 1.25 times that rate explains
-- the fall.
CREATE OR REPLACE TEMP MACRO is_wrap(difference, rate, milliseconds) AS
    difference < 0 AND rate * milliseconds < 2147483648
        AND difference::DOUBLE + 4294967296 <= 1.25 * rate * milliseconds;

-- A login without what systems spell differently: case, realm, and separators.
CREATE OR REPLACE TEMP MACRO plain_login(login) AS
    lower(regexp_replace(
        regexp_replace(regexp_replace(login, '^[^/\\]*[/\\]', ''), '@.*$', ''), '[-:. ]', '', 'g'
    ));

-- docs/method.md, rule 2: the part before t_ms of an amount that is spread evenly over [first_ms,
-- last_ms]. Differences at the edges of slots add up to the amount, to the last byte.
CREATE OR REPLACE TEMP MACRO amount_before(amount, first_ms, last_ms, t_ms) AS
    CASE
        WHEN t_ms <= first_ms THEN 0::HUGEINT
        WHEN t_ms >= last_ms THEN amount::HUGEINT
        ELSE amount::HUGEINT * (t_ms - first_ms) // (last_ms - first_ms)
    END;

-- The part of an amount within the slot [from_ms, to_ms).
CREATE OR REPLACE TEMP MACRO amount_within(amount, first_ms, last_ms, from_ms, to_ms) AS
    amount_before(amount, first_ms, last_ms, to_ms)
        - amount_before(amount, first_ms, last_ms, from_ms);

-- Sampling variance of a flow's volume: N(N-1)b²/p with unscaled bytes b and packets p, from the
-- scaled values B = N·b and P = N·p. Source: docs/method.md, rule 17. The factor (N-1)/N makes it 0
-- where every packet was counted.
-- Nearly all flows fit into 64 bits, whose division is twenty times as fast as that of 128: with
-- less than 3.03e9 bytes and packets of at most 65,535 bytes nothing overflows.
CREATE OR REPLACE TEMP MACRO sampling_variance(scaled_bytes, scaled_packets, sampling_interval) AS
    CASE
        WHEN scaled_bytes < 3037000499 AND sampling_interval <= 32768
            THEN (scaled_bytes * scaled_bytes // scaled_packets * (sampling_interval - 1))::HUGEINT
        ELSE (scaled_bytes::HUGEINT * scaled_bytes::HUGEINT // scaled_packets)
            * (sampling_interval - 1)
    END;

-- docs/method.md, rule 3: the port of a TCP or UDP flow; empty for fragments (both 0) and other
-- protocols.
CREATE OR REPLACE TEMP MACRO service_port(protocol, src_port, dst_port) AS
    CASE
        WHEN protocol NOT IN (6, 17) OR (src_port = 0 AND dst_port = 0) THEN NULL
        ELSE smaller_of(src_port, dst_port)
    END;

-- IP version, protocol and port as one number and back, because grouping flows by one number takes
-- half the time of three columns. The digits are readable: 4 006 00443 is TCP 443 over IPv4. A
-- missing port is 65536.
CREATE OR REPLACE TEMP MACRO port_key(ip_version, protocol, port) AS
    ip_version::BIGINT * 100000000 + protocol::BIGINT * 100000 + coalesce(port::BIGINT, 65536);
CREATE OR REPLACE TEMP MACRO ip_version_of(port_key) AS (port_key // 100000000)::UTINYINT;
CREATE OR REPLACE TEMP MACRO protocol_of(port_key) AS (port_key // 100000 % 1000)::UTINYINT;
CREATE OR REPLACE TEMP MACRO port_of(port_key) AS
    CASE WHEN port_key % 100000 < 65536 THEN (port_key % 100000)::USMALLINT END;

-- The port group of the hourly curves.
CREATE OR REPLACE TEMP MACRO port_group(protocol, port) AS
    CASE
        WHEN port IS NULL THEN 'other'
        WHEN protocol = 6 AND port = 80 THEN 'tcp_80'
        WHEN protocol = 6 AND port = 443 THEN 'tcp_443'
        WHEN protocol = 6 AND port < 1024 THEN 'tcp_well_known_other'
        WHEN protocol = 6 THEN 'tcp_dynamic'
        WHEN port = 443 THEN 'udp_443'
        ELSE 'udp_other'
    END;

-- The upper and lower 64 bits of the prefix of a given length that contains an IPv6 address. Shifts
-- by 64 bits are undefined, so the whole and the empty half are separate cases.
CREATE OR REPLACE TEMP MACRO prefix_high(address_high, prefix_length) AS
    CASE
        WHEN prefix_length >= 64 THEN address_high
        WHEN prefix_length = 0 THEN 0::UBIGINT
        ELSE address_high - address_high % (1::UBIGINT << (64 - prefix_length)::UBIGINT)
    END;
CREATE OR REPLACE TEMP MACRO prefix_low(address_low, prefix_length) AS
    CASE
        WHEN prefix_length >= 128 THEN address_low
        WHEN prefix_length <= 64 THEN 0::UBIGINT
        ELSE address_low - address_low % (1::UBIGINT << (128 - prefix_length)::UBIGINT)
    END;
-- The lower 64 bits of the network of an address; for IPv4, which is stored there, the address.
CREATE OR REPLACE TEMP MACRO network_low(ip_version, address_low, prefix_length) AS
    CASE ip_version WHEN 4 THEN address_low ELSE prefix_low(address_low, prefix_length) END;

-- Whether an address can be in use at several places of a network at once: private (RFC 1918),
-- shared by carriers (RFC 6598), unique local (RFC 4193) and link-local (RFC 3927, RFC 4291)
-- addresses.
CREATE OR REPLACE TEMP MACRO is_private_address(ip_version, address_high, address_low) AS
    CASE ip_version
        WHEN 4 THEN address_low // 16777216 = 10
            OR address_low // 1048576 = 2753 -- 172.16.0.0/12
            OR address_low // 65536 IN (43518, 49320) -- 169.254.0.0/16, 192.168.0.0/16
            OR address_low // 4194304 = 401 -- 100.64.0.0/10
        ELSE address_high // 144115188075855872 = 126 -- fc00::/7
            OR address_high // 18014398509481984 = 1018 -- fe80::/10
    END;
-- The access server within which an address or prefix is assigned only once; empty if that is the
-- whole network. It depends on the setting sessions.shared_pools: `all`, `none`, or `public`
-- addresses only.
CREATE OR REPLACE TEMP MACRO pool_of(
    access_server, ip_version, address_high, address_low, shared_pools
) AS
    CASE
        WHEN shared_pools = 'all' THEN ''
        WHEN shared_pools = 'none' THEN access_server
        WHEN is_private_address(ip_version, address_high, address_low) THEN access_server
        ELSE ''
    END;
-- docs/method.md, rule 1: the port at an end of a flow. Protocols without ports, and fragments (both
-- ports 0), have 65536, which only a session that holds all ports of its address holds as well.
CREATE OR REPLACE TEMP MACRO end_port(protocol, own_port, other_port) AS
    CASE
        WHEN protocol NOT IN (6, 17, 33, 132, 136) OR (own_port = 0 AND other_port = 0) THEN 65536
        ELSE own_port::INTEGER
    END;
-- A slot, ports of an IPv4 address that are always held together, in the place where IPv6 networks
-- have their upper 64 bits, and back. A whole IPv4 address has 0 there.
CREATE OR REPLACE TEMP MACRO slot_high(first_port, last_port) AS
    (first_port + 1)::UBIGINT * 4294967296 + last_port::UBIGINT;
CREATE OR REPLACE TEMP MACRO slot_first(high) AS (high // 4294967296)::INTEGER - 1;
CREATE OR REPLACE TEMP MACRO slot_last(high) AS (high % 4294967296)::INTEGER;
-- What is at an end of a flow, from the number of its subscriber, which is negative at addresses of
-- which the week's sessions hold port ranges:
--   0 nobody known (NULL)
--   1 a subscriber (0 or more)
--   2 the holder of a range whose source sets no access (-1)
--   3 nobody known, at an address of such ranges (-2)
--   4 as 3, because the flow has no port (-3)
--   5 nobody known, because the flow has no port, at an address of other ranges (-4)
CREATE OR REPLACE TEMP MACRO end_kind(subscriber_id) AS
    (CASE
        WHEN subscriber_id IS NULL THEN 0
        WHEN subscriber_id >= 0 THEN 1
        ELSE 1 - subscriber_id
    END)::UTINYINT;
-- That number where nobody is known, for an end at an address that is shared (NULL: not shared).
CREATE OR REPLACE TEMP MACRO nobody_at(is_apart, end_port) AS
    (CASE
        WHEN is_apart AND end_port = 65536 THEN -3
        WHEN is_apart THEN -2
        WHEN NOT is_apart AND end_port = 65536 THEN -4
    END)::INTEGER;
-- Whether a flow enters figures: not if it only belongs to holders whose source sets no access.
CREATE OR REPLACE TEMP MACRO enters_figures(source_kind, destination_kind) AS
    source_kind = 1 OR destination_kind = 1
    OR NOT (source_kind BETWEEN 2 AND 4 OR destination_kind BETWEEN 2 AND 4);

-- The position of a session in the order of starts, as one number, because every join compares it.
-- Of starts at the same instant, the session with the later sign of life comes later; if these are
-- equal too, a fixed random order decides. 45 bits for the start, 44 for the time since, 38 random
-- bits.
CREATE OR REPLACE TEMP MACRO turn_of(session, start_ms, update_ms, stop_ms) AS
    least(greatest(start_ms, -17592186044416), 17592186044415)::HUGEINT * 4835703278458516698824704
        + least(greatest(start_ms, update_ms, stop_ms) - start_ms, 17592186044415)::HUGEINT
            * 274877906944
        + (md5_number_lower(session) >> 26)::HUGEINT;
-- Causes of RFC 2866 (5.10) with which an access server ends all its sessions, by name or number.
CREATE OR REPLACE TEMP MACRO is_restart(terminate_cause) AS
    replace(upper(trim(terminate_cause)), ' ', '-') IN ('NAS-REBOOT', 'ADMIN-REBOOT', '11', '7');

-- Percentage of the expected time that sources delivered, over the rows of a group, from their
-- delivered and expected milliseconds.
CREATE OR REPLACE TEMP MACRO delivered_percent(delivered_ms, expected_ms) AS
    100.0 * sum(delivered_ms)::DOUBLE / sum(expected_ms);
