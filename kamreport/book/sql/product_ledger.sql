-- One row per account, region, product family, unit and month.
SELECT
    account_id,
    region,
    family,
    unit,
    CAST(date_trunc('month', date) AS DATE) AS month,
    sum(CASE WHEN kind IN ('sale', 'return') THEN quantity END) AS quantity,
    sum(revenue) AS revenue,
    sum(CASE WHEN cost IS NOT NULL THEN revenue ELSE 0 END) AS costed_revenue,
    sum(cost) AS cost,
    sum(list_amount) AS list_amount,
    count(DISTINCT CASE WHEN kind = 'sale' AND revenue > 0 THEN order_key END) AS orders
FROM lines
GROUP BY account_id, region, family, unit, CAST(date_trunc('month', date) AS DATE)
ORDER BY region, account_id, family, unit, month
