-- The accounts that :region sees: at home there, or trading there before :as_of.
SELECT *, home_region = :region AS is_home
FROM state
WHERE home_region = :region
    OR account_id IN (SELECT account_id FROM ledger WHERE region = :region AND month < :as_of)
