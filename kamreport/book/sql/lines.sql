-- The transactions as the shapes read them: each with its region, order and product family.
SELECT
    t.account_id,
    coalesce(r.region, a.region, '(unassigned)') AS region,
    t.region IS NOT NULL AND r.region IS NULL AS stray,
    t.date,
    t.kind,
    coalesce(t.order_id, CAST(coalesce(t.order_date, t.date) AS VARCHAR)) AS order_key,
    t.order_date,
    t.product_id,
    coalesce(p.family, '') AS family,
    coalesce(t.unit, p.unit, '') AS unit,
    t.quantity,
    t.revenue,
    CASE WHEN t.cost IS NULL THEN CAST(CAST(t.quantity AS DECIMAL(20,4)) * c.unit_cost AS DECIMAL(18,4)) END AS cost_by_unit,
    coalesce(t.cost, cost_by_unit) AS cost,
    t.list_amount,
    t.salesperson_id,
    t.posted_on,
    t.channel
FROM book.transactions AS t
LEFT JOIN account_versions AS a
    ON a.account_id = t.account_id AND a.valid_from <= t.date AND t.date < a.valid_to
LEFT JOIN book.products AS p ON p.product_id = t.product_id
-- Unit costs are per main unit. A price given back (credit, rebate, adjustment) moves no goods and has no cost.
LEFT JOIN book.product_costs AS c
    ON c.product_id = t.product_id AND c.month = date_trunc('month', t.date)
    AND coalesce(t.unit, p.unit, '') = coalesce(p.unit, '') AND t.kind NOT IN ('credit', 'rebate', 'adjustment')
-- Without a list of regions, all that are named are known.
LEFT JOIN (
    SELECT region FROM book.regions
    UNION
    SELECT DISTINCT region FROM book.transactions WHERE (SELECT count(*) FROM book.regions) = 0
) AS r ON r.region = t.region
