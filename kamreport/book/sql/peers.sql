-- What the owners of each segment buy of each product family in the twelve complete months before :until, company-wide.
-- A median stands only where :least buyers or more make it: nobody's own purchases can be read from it.
WITH owners AS (
    SELECT owner_id, arg_max(segment, (revenue_12m, account_id)) AS segment
    FROM state
    WHERE type <> 'pool'
    GROUP BY owner_id
    HAVING sum(CAST(revenue_12m AS DECIMAL(38,4))) > 0
),
bought AS (
    SELECT
        owner_id,
        family,
        sum(revenue) AS revenue,
        sum(costed_revenue) - coalesce(sum(cost), 0) AS margin
    FROM product_ledger
    JOIN state USING (account_id)
    WHERE month >= :window AND month < :until AND family <> '' AND type <> 'pool'
    GROUP BY owner_id, family
    HAVING sum(revenue) > 0
),
sizes AS (
    SELECT segment, count(*) AS accounts FROM owners GROUP BY segment
)
SELECT
    segment,
    family,
    any_value(accounts) AS accounts,
    count(*) AS buyers,
    CASE WHEN count(*) >= :least THEN median(CAST(revenue AS DOUBLE)) END AS revenue,
    CASE WHEN count(*) >= :least THEN median(CAST(margin AS DOUBLE)) END AS margin
FROM bought
JOIN owners USING (owner_id)
JOIN sizes USING (segment)
GROUP BY segment, family
ORDER BY segment, family
