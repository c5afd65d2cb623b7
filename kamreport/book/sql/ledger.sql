-- One row per account, region and month: what was sold, at what cost, in how many orders.
SELECT
    account_id,
    region,
    CAST(date_trunc('month', date) AS DATE) AS month,
    sum(revenue) AS revenue,
    sum(CASE WHEN kind = 'sale' AND revenue > 0 THEN revenue ELSE 0 END) AS sales,
    sum(CASE WHEN revenue < 0 THEN revenue ELSE 0 END) AS credits,
    sum(cost) AS cost,
    sum(CASE WHEN cost IS NOT NULL THEN revenue ELSE 0 END) AS costed_revenue,
    sum(list_amount) AS list_amount,
    sum(CASE WHEN list_amount IS NOT NULL THEN revenue ELSE 0 END) AS listed_revenue,
    sum(CASE WHEN kind IN ('sale', 'return') THEN quantity END) AS quantity,
    count(DISTINCT CASE WHEN kind = 'sale' AND revenue > 0 THEN order_key END) AS orders,
    count(*) AS lines
FROM lines
GROUP BY account_id, region, CAST(date_trunc('month', date) AS DATE)
ORDER BY region, account_id, month
