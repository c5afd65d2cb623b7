-- What each owner was worth in the twelve months before the end of each quarter up to :until, company-wide:
-- margin, or revenue where the cost is not known. The key-account rule is applied quarter by quarter.
-- A ledger of less than a year is reviewed once, at :until.
WITH span AS (
    SELECT CAST(min(month) AS DATE) AS first_month FROM ledger
),
full_quarters AS (
    SELECT CAST(day AS DATE) AS quarter
    FROM span, range(CAST(first_month AS TIMESTAMP), CAST(:until AS TIMESTAMP) + INTERVAL 1 DAY, INTERVAL 1 MONTH) AS t(day)
    WHERE (12 + month(day) - CAST(:fiscal_year_start AS INTEGER)) % 3 = 0 AND day >= first_month + INTERVAL 12 MONTH
),
quarters AS (
    SELECT quarter FROM full_quarters
    UNION ALL
    SELECT CAST(:until AS DATE) WHERE NOT EXISTS (SELECT * FROM full_quarters)
)
SELECT
    state.owner_id,
    quarters.quarter,
    CAST(sum(CASE WHEN CAST(:by_margin AS BOOLEAN) THEN ledger.costed_revenue - coalesce(ledger.cost, 0) ELSE ledger.revenue END)
        AS DOUBLE) AS value
FROM quarters
JOIN ledger ON ledger.month < quarters.quarter AND ledger.month >= quarters.quarter - INTERVAL 12 MONTH
JOIN state ON state.account_id = ledger.account_id AND state.type <> 'pool'
GROUP BY state.owner_id, quarters.quarter
ORDER BY quarters.quarter, state.owner_id
