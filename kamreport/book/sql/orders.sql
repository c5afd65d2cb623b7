-- One row per order, product family and posting date. An order has at least one sale line with positive revenue;
-- its posting date decides from when it is known, its order date is when the account decided to buy.
SELECT
    account_id,
    region,
    order_key AS order_id,
    family,
    date,
    min(least(coalesce(order_date, date), date)) AS order_date,
    max(salesperson_id) AS salesperson_id,
    sum(revenue) AS revenue,
    count(*) AS lines
FROM lines
WHERE kind = 'sale' AND revenue > 0
GROUP BY account_id, region, order_key, family, date
ORDER BY region, account_id, date, order_id, family
