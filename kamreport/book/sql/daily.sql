-- One row per region and day, for comparing an incomplete month with as many working days.
SELECT
    region,
    date,
    sum(revenue) AS revenue,
    sum(cost) AS cost,
    sum(CASE WHEN cost IS NOT NULL THEN revenue ELSE 0 END) AS costed_revenue
FROM lines
GROUP BY region, date
ORDER BY region, date
