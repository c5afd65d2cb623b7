-- The owners of the accounts that a region sees, as it may know them: one that is itself an account of another
-- region goes by the first of its accounts here.
WITH elsewhere AS (
    SELECT account_id FROM state WHERE home_region <> :unassigned AND account_id NOT IN (SELECT account_id FROM seen)
)
SELECT
    owner_id,
    CASE WHEN owner_id IN (SELECT account_id FROM elsewhere) THEN min(account_id) ELSE owner_id END AS shown_id,
    CASE WHEN owner_id IN (SELECT account_id FROM elsewhere) THEN arg_min(name, account_id) ELSE min(owner_name) END AS name
FROM seen
GROUP BY owner_id
