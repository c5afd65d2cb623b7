-- One row per region, product, unit and month: what one unit brought, for comparison with the rivals' prices.
SELECT
    region,
    product_id,
    family,
    unit,
    CAST(date_trunc('month', date) AS DATE) AS month,
    sum(quantity) AS quantity,
    sum(revenue) AS revenue,
    sum(CASE WHEN list_amount IS NOT NULL THEN quantity END) AS listed_quantity,
    sum(list_amount) AS list_amount,
    sum(cost) AS cost
FROM lines
WHERE kind = 'sale' AND quantity > 0 AND revenue > 0
GROUP BY region, product_id, family, unit, CAST(date_trunc('month', date) AS DATE)
ORDER BY region, product_id, family, unit, month
