-- What is given and spent beside the invoices, by account and step, over the twelve months before :until: rebates
-- that are no red lines, and the cost to serve. Pools are shared out among the accounts of their region, or of all.
WITH served AS (
    SELECT * FROM cost_to_serve WHERE month >= :window AND month < :until
),
visited AS (
    SELECT * FROM activities WHERE date >= :window AND date < :until
),
-- By what a pool may be shared out. Visits and deliveries name no region: they count where the account is at home.
weights AS (
    SELECT account_id, region, 'revenue' AS basis, CAST(greatest(sum(revenue), 0) AS DOUBLE) AS weight
    FROM ledger
    WHERE month >= :window AND month < :until
    GROUP BY account_id, region
    UNION ALL
    SELECT account_id, region, 'orders', CAST(sum(orders) AS DOUBLE)
    FROM ledger
    WHERE month >= :window AND month < :until
    GROUP BY account_id, region
    UNION ALL
    SELECT account_id, home_region, 'visits', count(*)
    FROM visited
    JOIN state USING (account_id)
    WHERE channel = 'visit'
    GROUP BY account_id, home_region
    UNION ALL
    SELECT account_id, home_region, 'deliveries', count(DISTINCT order_id)
    FROM deliveries
    JOIN state USING (account_id)
    WHERE ordered_on >= :window AND ordered_on < :until
    GROUP BY account_id, home_region
),
-- A pool that nobody has a part in by its own basis is shared out by revenue.
pools AS (
    SELECT
        region,
        driver,
        allocate_by,
        CASE WHEN EXISTS (
            SELECT 1 FROM weights
            WHERE weights.basis = allocate_by AND weight > 0 AND (served.region IS NULL OR weights.region = served.region)
        ) THEN allocate_by ELSE 'revenue' END AS basis,
        sum(amount) AS amount
    FROM served
    WHERE account_id IS NULL
    GROUP BY ALL
),
shared AS (
    SELECT
        weights.account_id,
        weights.region,
        driver,
        CAST(pools.amount * (weight / sum(weight) OVER (PARTITION BY pools.region, driver, allocate_by)) AS DECIMAL(18,4)) AS amount
    FROM pools
    JOIN weights ON weights.basis = pools.basis AND weight > 0 AND (pools.region IS NULL OR weights.region = pools.region)
),
steps AS (
    SELECT account_id, home_region AS region, 'rebates' AS step, amount
    FROM rebates
    JOIN state USING (account_id)
    WHERE month >= :window AND month < :until AND NOT in_transactions
    UNION ALL
    SELECT served.account_id, home_region, driver, amount FROM served JOIN state USING (account_id)
    UNION ALL
    SELECT account_id, region, driver, amount FROM shared
    UNION ALL
    -- The cost of single visits, unless the cost to serve has it already.
    SELECT account_id, home_region, 'visits', cost
    FROM visited
    JOIN state USING (account_id)
    WHERE cost <> 0 AND NOT EXISTS (SELECT 1 FROM served WHERE driver = 'visits')
)
SELECT account_id, region, step, CAST(sum(amount) AS DECIMAL(18,4)) AS amount
FROM steps
GROUP BY account_id, region, step
ORDER BY region, account_id, step
