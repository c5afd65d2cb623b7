-- One row per region, channel and month; a line that names no channel is in none.
SELECT
    region,
    channel,
    CAST(date_trunc('month', date) AS DATE) AS month,
    sum(revenue) AS revenue
FROM lines
WHERE channel IS NOT NULL
GROUP BY region, channel, CAST(date_trunc('month', date) AS DATE)
ORDER BY region, channel, month
