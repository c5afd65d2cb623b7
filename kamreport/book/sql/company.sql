-- What a region may know of the whole company: totals, medians and thresholds, never an account.
-- Money is added as decimals and ratios in a fixed order, so that the same data give the same last digit.
WITH totals AS (
    SELECT
        CAST(sum(CAST(revenue_12m AS DECIMAL(38,4))) AS DOUBLE) AS revenue_12m,
        CAST(sum(CAST(costed_12m AS DECIMAL(38,4))) AS DOUBLE) AS costed_12m,
        CAST(sum(CAST(margin_12m AS DECIMAL(38,4))) AS DOUBLE) AS margin_12m
    FROM state
),
owner_rates AS (
    SELECT
        owner_id,
        sum(CAST(margin_12m AS DECIMAL(38,4))) / sum(CAST(costed_12m AS DECIMAL(38,4))) AS rate
    FROM state
    WHERE type <> 'pool'
    GROUP BY owner_id
    HAVING sum(costed_12m) > 0
),
pocket_rates AS (
    SELECT
        (sum(CAST(margin_12m AS DECIMAL(38,4))) - sum(coalesce(deducted, 0))) / sum(CAST(costed_12m AS DECIMAL(38,4))) AS rate
    FROM state
    LEFT JOIN (SELECT account_id, sum(amount) AS deducted FROM deductions GROUP BY account_id) USING (account_id)
    WHERE type <> 'pool'
    GROUP BY owner_id
    HAVING sum(costed_12m) > 0
),
ranked AS (
    SELECT
        quarter,
        value,
        (sum(value) OVER (PARTITION BY quarter ORDER BY value DESC, owner_id)) - value AS above,
        sum(value) OVER (PARTITION BY quarter) AS total
    FROM (SELECT owner_id, quarter, CAST(value AS DECIMAL(38,4)) AS value FROM owner_quarters)
    WHERE value > 0
),
moments AS (
    SELECT CAST(:as_of AS DATE) AS moment
    UNION ALL
    SELECT CAST(:year_ago AS DATE)
),
days AS (
    SELECT DISTINCT moment, state.segment, orders.account_id, orders.order_date
    FROM moments
    JOIN orders ON orders.date < moment
    JOIN state ON state.account_id = orders.account_id AND state.type <> 'pool'
),
gaps AS (
    SELECT
        moment,
        segment,
        account_id,
        order_date,
        order_date - lag(order_date) OVER (PARTITION BY moment, account_id ORDER BY order_date) AS gap
    FROM days
),
pairs AS (
    SELECT moment, segment, account_id, order_date, gap, lead(gap) OVER (PARTITION BY moment, account_id ORDER BY order_date) AS next_gap
    FROM gaps
    WHERE gap IS NOT NULL
),
rhythm AS (
    -- Wheat and Morrison (1990): M = g / (g + next g) has variance 1 / (4 (2k + 1)) where gaps are Erlang-k.
    SELECT moment, segment, var_samp(CAST(gap AS DOUBLE) / (gap + next_gap) ORDER BY account_id, order_date) AS spread, count(next_gap) AS pairs,
        median(gap) AS gap, count(*) AS gaps
    FROM pairs
    GROUP BY GROUPING SETS ((moment, segment), (moment))
)
SELECT 'revenue_12m' AS measure, '' AS segment, CAST(:as_of AS DATE) AS moment, revenue_12m AS value, 0 AS n FROM totals
UNION ALL
SELECT 'tier_keys', '', CAST(:as_of AS DATE), count(*) FILTER (tier = 'key'), count(*) FROM state
UNION ALL
SELECT 'costed_12m', '', CAST(:as_of AS DATE), costed_12m, 0 FROM totals
UNION ALL
SELECT 'margin_12m', '', CAST(:as_of AS DATE), margin_12m, 0 FROM totals
UNION ALL
SELECT 'margin_rate_median', '', CAST(:as_of AS DATE), median(rate), count(*) FROM owner_rates
UNION ALL
SELECT 'pocket_rate_median', '', CAST(:as_of AS DATE), median(rate), count(*) FROM pocket_rates
UNION ALL
SELECT 'key_enter', '', quarter, min(value) FILTER (above < CAST(:enter AS DOUBLE) * total), count(*) FROM ranked GROUP BY quarter
UNION ALL
SELECT 'key_leave', '', quarter, min(value) FILTER (above < CAST(:leave AS DOUBLE) * total), count(*) FROM ranked GROUP BY quarter
UNION ALL
SELECT 'regularity', coalesce(segment, '*'), moment, greatest((1 - 4 * spread) / (8 * spread), 0), pairs
FROM rhythm
WHERE spread > 0
UNION ALL
SELECT 'median_gap', coalesce(segment, '*'), moment, gap, gaps FROM rhythm
ORDER BY ALL
