-- The transactions as the shapes read them: each with its region, order and product family.
SELECT
    t.account_id,
    coalesce(t.region, a.region, '(unassigned)') AS region,
    t.date,
    t.kind,
    coalesce(t.order_id, CAST(coalesce(t.order_date, t.date) AS VARCHAR)) AS order_key,
    t.order_date,
    t.product_id,
    coalesce(p.family, '') AS family,
    coalesce(t.unit, p.unit, '') AS unit,
    t.quantity,
    t.revenue,
    t.cost,
    t.list_amount,
    t.salesperson_id,
    t.posted_on,
    t.line
FROM book.transactions AS t
LEFT JOIN account_versions AS a
    ON a.account_id = t.account_id AND a.valid_from <= t.date AND t.date < a.valid_to
LEFT JOIN book.products AS p ON p.product_id = t.product_id
