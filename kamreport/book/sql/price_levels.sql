-- How the prices of a file, or of a month, stand to those around: one row per product and side. A file is compared with
-- the other files in the same months (beside), a month with the three before and the three after it. Where a line has
-- no product or quantity, it is the size of the account's lines that is compared (priced is false).
WITH sized AS (
    SELECT
        file,
        sheet,
        CAST(date_trunc('month', date) AS DATE) AS month,
        coalesce(quantity > 0 AND product_id IS NOT NULL, FALSE) AS priced,
        CASE WHEN priced THEN concat_ws(chr(31), product_id, unit) ELSE account_id END AS item,
        CAST(revenue AS DOUBLE) / CASE WHEN priced THEN CAST(quantity AS DOUBLE) ELSE 1 END AS price
    FROM transactions
    WHERE kind = 'sale' AND revenue > 0 AND coalesce(quantity, 1) > 0
),
parts AS (SELECT file, sheet, month, priced, item, median(price) AS price FROM sized GROUP BY ALL),
months AS (SELECT month, priced, item, median(price) AS price FROM sized GROUP BY ALL),
beside AS (
    SELECT p.file, p.sheet, p.priced, p.item, p.price / median(o.price) AS ratio
    FROM parts AS p
    JOIN parts AS o
        ON o.month = p.month AND o.item = p.item AND o.priced = p.priced AND (o.file, o.sheet) <> (p.file, p.sheet)
    GROUP BY p.file, p.sheet, p.month, p.priced, p.item, p.price
),
around AS (
    SELECT
        m.month,
        CASE WHEN o.month < m.month THEN 'before' ELSE 'after' END AS side,
        m.priced,
        m.item,
        m.price / median(o.price) AS ratio
    FROM months AS m
    JOIN months AS o
        ON o.item = m.item AND o.priced = m.priced AND o.month <> m.month
        AND o.month BETWEEN m.month - INTERVAL 3 MONTH AND m.month + INTERVAL 3 MONTH
    GROUP BY m.month, side, m.priced, m.item, m.price
    HAVING count(*) >= 2
)
SELECT file, sheet, CAST(NULL AS DATE) AS month, 'beside' AS side, priced, item, median(ratio) AS ratio
FROM beside
GROUP BY ALL
UNION ALL
SELECT NULL, NULL, month, side, priced, item, ratio FROM around
