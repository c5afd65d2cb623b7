-- What is known of every account on the last day before :as_of. Money covers the twelve complete months before
-- :until and the twelve before those, over all regions.
WITH RECURSIVE known AS (
    SELECT * FROM account_versions WHERE valid_from < :as_of AND valid_to >= :as_of
),
ids AS (
    SELECT account_id FROM known
    UNION
    SELECT account_id FROM ledger WHERE month < :as_of
),
climb AS (
    SELECT account_id, parent_id AS owner_id FROM known WHERE parent_id <> account_id
    UNION
    SELECT climb.account_id, known.parent_id
    FROM climb
    JOIN known ON known.account_id = climb.owner_id
    WHERE known.parent_id <> known.account_id
),
-- The top of an account is the ancestor without a parent; of a ring of parents, its first member.
owners AS (
    SELECT ids.account_id, coalesce(min(climb.owner_id), ids.account_id) AS owner_id
    FROM ids
    LEFT JOIN climb
        ON climb.account_id = ids.account_id
        AND (
            climb.owner_id NOT IN (SELECT account_id FROM climb)
            OR climb.owner_id IN (SELECT account_id FROM climb WHERE owner_id = account_id)
        )
    GROUP BY ids.account_id
),
traded AS (
    SELECT
        account_id,
        arg_max(region, (month, revenue, region)) AS latest_region,
        arg_max(region, (month, revenue, region)) FILTER (month < :year_ago) AS region_before,
        sum(revenue) FILTER (month >= :window AND month < :until) AS revenue_12m,
        sum(costed_revenue) FILTER (month >= :window AND month < :until) AS costed_12m,
        sum(cost) FILTER (month >= :window AND month < :until) AS cost_12m,
        sum(revenue) FILTER (month >= :prior AND month < :window) AS revenue_prior,
        sum(costed_revenue) FILTER (month >= :prior AND month < :window) AS costed_prior,
        sum(cost) FILTER (month >= :prior AND month < :window) AS cost_prior
    FROM ledger
    WHERE month < :as_of
    GROUP BY account_id
),
before AS (
    SELECT account_id, region, status FROM account_versions WHERE valid_from < :year_ago AND valid_to >= :year_ago
),
days AS (
    SELECT DISTINCT account_id, order_date FROM orders WHERE date < :as_of
),
gaps AS (
    SELECT
        account_id,
        order_date,
        order_date - lag(order_date) OVER (PARTITION BY account_id ORDER BY order_date) AS gap
    FROM days
),
rhythm AS (
    SELECT account_id, min(order_date) AS first_order, max(order_date) AS last_order, median(gap) AS median_gap,
        count(gap) AS gaps
    FROM gaps
    GROUP BY account_id
),
placed AS (
    SELECT
        account_id,
        count(DISTINCT order_id) AS orders,
        arg_max(salesperson_id, (date, order_id, salesperson_id)) AS salesperson_id
    FROM orders
    WHERE date < :as_of
    GROUP BY account_id
),
assigned AS (
    SELECT account_id, min(person_id) AS person_id
    FROM assignments
    WHERE role = 'manager' AND valid_from < :as_of AND coalesce(valid_to, DATE '9999-12-31') >= :as_of
    GROUP BY account_id
)
SELECT
    ids.account_id,
    coalesce(known.name, ids.account_id) AS name,
    owners.owner_id,
    coalesce(root.name, owners.owner_id) AS owner_name,
    coalesce(known.region, traded.latest_region, '(unassigned)') AS home_region,
    coalesce(before.region, known.region, traded.region_before) AS home_before,
    coalesce(known.segment, '') AS segment,
    known.city,
    known.industry,
    coalesce(known.type, 'customer') AS type,
    coalesce(known.status, 'existing') AS status,
    CASE WHEN before.account_id IS NOT NULL THEN coalesce(before.status, 'existing') END AS status_before,
    known.tier,
    coalesce(known.strategic, FALSE) AS strategic,
    CAST(known.credit_limit AS DOUBLE) AS credit_limit,
    known.payment_days,
    coalesce(assigned.person_id, known.manager_id, placed.salesperson_id) AS manager_id,
    coalesce(people.name, assigned.person_id, known.manager_id, placed.salesperson_id, '') AS manager_name,
    rhythm.first_order,
    rhythm.last_order,
    coalesce(placed.orders, 0) AS orders,
    coalesce(rhythm.gaps, 0) AS gaps,
    rhythm.median_gap,
    CAST(coalesce(traded.revenue_12m, 0) AS DOUBLE) AS revenue_12m,
    CAST(coalesce(traded.costed_12m, 0) AS DOUBLE) AS costed_12m,
    CAST(coalesce(traded.costed_12m, 0) - coalesce(traded.cost_12m, 0) AS DOUBLE) AS margin_12m,
    CAST(coalesce(traded.revenue_prior, 0) AS DOUBLE) AS revenue_prior,
    CAST(coalesce(traded.costed_prior, 0) AS DOUBLE) AS costed_prior,
    CAST(coalesce(traded.costed_prior, 0) - coalesce(traded.cost_prior, 0) AS DOUBLE) AS margin_prior
FROM ids
LEFT JOIN known USING (account_id)
LEFT JOIN owners USING (account_id)
LEFT JOIN known AS root ON root.account_id = owners.owner_id
LEFT JOIN traded USING (account_id)
LEFT JOIN before USING (account_id)
LEFT JOIN rhythm USING (account_id)
LEFT JOIN placed USING (account_id)
LEFT JOIN assigned USING (account_id)
LEFT JOIN people ON people.person_id = coalesce(assigned.person_id, known.manager_id, placed.salesperson_id)
ORDER BY ids.account_id
